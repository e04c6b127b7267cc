"""Which requests of which file: cheap to send, read where it is asked, once in each process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_fmbench.workloads.traces.formats import FORMATS

if TYPE_CHECKING:
    from pytest_fmbench.workloads.traces.table import Loaded, Table


@dataclass(frozen=True)
class Source:
    """A part of a trace.

    :param format: the name of its format.
    :param stamp: size and time of the file, by which one that was written anew is told apart.
    :param scale: so many times as many requests.
    :param seed: of what is drawn for that.
    :param rows: only so many of these, the first.
    :param window: only those of these that came in it, in s.
    """

    path: Path
    format: str
    stamp: tuple[int, int]
    scale: float = 1.0
    seed: int = 0
    rows: int | None = None
    window: tuple[float, float] | None = None

    @property
    def loaded(self) -> Loaded:
        """All that the file holds.

        :raises UsageError: when it cannot be read.
        """
        return _load(self.path, self.format, self.stamp)

    @property
    def table(self) -> Table:
        """The part.

        :raises UsageError: when the file cannot be read.
        """
        return _prepared(self)


@lru_cache(maxsize=4)
def _load(path: Path, name: str, stamp: tuple[int, int]) -> Loaded:  # noqa: ARG001  # tells files apart
    from pytest_fmbench.workloads.traces.reading import load

    return load(path, name, FORMATS)


@lru_cache(maxsize=8)
def _prepared(source: Source) -> Table:
    from pytest_fmbench.workloads.traces.scaling import scaled

    table = scaled(source.loaded.table, source.scale, source.seed).first(source.rows)
    return table if source.window is None else table.between(*(round(at_s * 1e9) for at_s in source.window))
