"""Dialects by name, of which some take settings behind it: ``json?path=/recommend&items=data.items``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import partial
from urllib.parse import parse_qsl

from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.registry import Registry

MARK = "?"
"""What stands between a name and its settings."""


class Dialects(Registry[Callable[[], Dialect]]):
    """Makers of dialects; what stands behind a name is set where one is made."""

    def __getitem__(self, name: str) -> Callable[[], Dialect]:
        """What makes the dialect called ``name``, as it is set there.

        :raises UnknownName: as every registry does; where one is made, for a setting that it does not have.
        """
        plain, mark, settings = name.partition(MARK)
        maker = super().__getitem__(plain)
        return partial(_set, plain, maker, settings) if mark else maker

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.partition(MARK)[0])


def _set(name: str, maker: Callable[..., Dialect], settings: str) -> Dialect:
    takes = [one.name for one in fields(maker)] if isinstance(maker, type) and is_dataclass(maker) else []
    try:
        given = dict(parse_qsl(settings, keep_blank_values=True, strict_parsing=True))
    except ValueError as error:
        raise UsageError(f"dialect {name}?{settings}: give settings as name=value, with & between them") from error
    for one in given:
        if one not in takes:
            raise UnknownName(f"setting of the dialect {name!r}:", one, takes)
    return maker(**given)
