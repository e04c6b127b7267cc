"""Members of one kind by name, imported when they are first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Generic, TypeVar, cast

from pytest_fmbench.errors import UnknownName

Member = TypeVar("Member")
Other = TypeVar("Other")


class Registry(Generic[Member]):
    """Names to members; a member is imported on first use, so that an unused one costs nothing.

    :param kind: what a member is called in messages, such as ``"stack"``.
    :param targets: name -> ``"module:attribute"``, or ``"module:mapping[key]"`` of a file that declares several.
    """

    def __init__(self, kind: str, targets: Mapping[str, str]) -> None:
        self.kind = kind
        self._targets = dict(targets)
        self._loaded: dict[str, Member] = {}

    def beside(self, other: Registry[Other]) -> Registry[Member | Other]:
        """The members of both, under the name of this kind."""
        return Registry(self.kind, {**self._targets, **other._targets})  # it is one of us

    def __getitem__(self, name: str) -> Member:
        """The member called ``name``.

        :raises UnknownName: listing the names that there are.
        """
        if name not in self._loaded:
            if name not in self._targets:
                raise UnknownName(self.kind, name, self._targets)
            module, _, attribute = self._targets[name].partition(":")
            attribute, keyed, key = attribute.partition("[")
            found = getattr(import_module(module), attribute)
            self._loaded[name] = cast(Member, found[key.removesuffix("]")] if keyed else found)
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._targets

    def __iter__(self) -> Iterator[str]:
        return iter(self._targets)

    def __len__(self) -> int:
        return len(self._targets)
