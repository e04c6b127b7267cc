"""The requests of a trace as columns: eight bytes each, whatever the file takes."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pytest_fmbench.workloads.traces.base import Row

Whole = NDArray[np.int64]

_PER_ROW = ("at_ns", "input_tokens", "output_tokens", "turn", "kind")


@dataclass(frozen=True)
class Table:
    """Requests in the order of their times.

    :param at_ns: when each came, from the first.
    :param first_block: where the blocks of each begin in ``blocks``; one more than there are requests.
    :param blocks: ids of all, one after the other; alike ids are alike tokens.
    :param block_tokens: tokens of a block; 0 where there are none.
    :param session: a number of each one's conversation; None where the file does not say.
    :param kind: a place in ``kinds``.
    :param tick_ns: how far the times of the file lie apart where they are coarse; 0 where they are not.
    """

    at_ns: Whole
    input_tokens: Whole
    output_tokens: Whole
    first_block: Whole
    blocks: Whole
    block_tokens: int
    session: Whole | None
    turn: Whole
    kind: Whole
    kinds: tuple[str, ...] = ("",)
    tick_ns: int = 0

    def __len__(self) -> int:
        return len(self.at_ns)

    def blocks_of(self, row: int) -> list[int]:
        """Ids of the blocks that a request begins with."""
        found: list[int] = self.blocks[self.first_block[row] : self.first_block[row + 1]].tolist()
        return found

    def taken(self, rows: Whole) -> Table:
        """Only ``rows``, in that order; times stay as they are."""
        counts = np.diff(self.first_block)[rows]
        ends = np.cumsum(counts)
        # of each block that is taken: how far it lies from the first of its row, and where that one was
        within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
        columns = {name: getattr(self, name)[rows] for name in _PER_ROW}
        return replace(
            self,
            **columns,
            first_block=np.concatenate([[0], ends]).astype(np.int64),
            blocks=self.blocks[np.repeat(self.first_block[:-1][rows], counts) + within],
            session=None if self.session is None else self.session[rows],
        )

    def first(self, count: int | None) -> Table:
        """Only the first ``count``; None is all."""
        return self if count is None or count >= len(self) else self.taken(np.arange(count))

    def between(self, start_ns: int, stop_ns: int) -> Table:
        """Those that came in ``[start_ns, stop_ns)``."""
        begin, end = np.searchsorted(self.at_ns, [start_ns, stop_ns])
        return self.taken(np.arange(begin, max(begin, end)))

    def from_zero(self) -> Table:
        """With times that count from the first request."""
        return replace(self, at_ns=self.at_ns - self.at_ns[0]) if len(self) else self


@dataclass(frozen=True)
class Loaded:
    """What a file held.

    :param table: its requests.
    :param format: what it was read as.
    :param skipped: rows that cannot be asked, by reason.
    :param backwards: rows whose time lay before that of the row before; all are sorted.
    """

    table: Table
    format: str
    skipped: Mapping[str, int] = field(default_factory=dict)
    backwards: int = 0


_SHARED = 0.01
_SMALL = 0.05


def tick_of(at_ns: Whole) -> int:
    """How coarse sorted times are: the distance of those that lie near each other, if 1 % share one; else 0."""
    distinct = np.unique(at_ns)
    if len(distinct) < 2 or len(at_ns) - len(distinct) < _SHARED * len(at_ns):
        return 0
    return int(np.quantile(np.diff(distinct), _SMALL))


def _whole(column: array[int]) -> Whole:
    """The same memory, as numpy sees it."""
    return np.frombuffer(column, dtype=np.int64) if column else np.zeros(0, dtype=np.int64)


def _column() -> array[int]:
    return array("q")


@dataclass
class Builder:
    """Adds rows, in whatever order they are in a file."""

    block_tokens: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    _at: array[int] = field(default_factory=_column)
    _input: array[int] = field(default_factory=_column)
    _output: array[int] = field(default_factory=_column)
    _first_block: array[int] = field(default_factory=lambda: array("q", [0]))
    _blocks: array[int] = field(default_factory=_column)
    _session: array[int] = field(default_factory=_column)
    _turn: array[int] = field(default_factory=_column)
    _kind: array[int] = field(default_factory=_column)
    _sessions: dict[str, int] = field(default_factory=dict)
    _kinds: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._at)

    def add(self, row: Row) -> None:
        """Note a request."""
        self._at.append(row.at_ns)
        self._input.append(row.input_tokens)
        self._output.append(row.output_tokens)
        self._blocks.extend(row.blocks)
        self._first_block.append(len(self._blocks))
        self._turn.append(row.turn)
        self._kind.append(self._kinds.setdefault(row.kind, len(self._kinds)))
        self._session.append(self._session_of(row))

    def _session_of(self, row: Row) -> int:
        """The conversation of a row, which is that of the one that it goes on with; -1 for one of its own."""
        if row.session is None:
            return -1
        nth = self._sessions.setdefault(row.session if row.parent is None else row.parent, len(self._sessions))
        self._sessions[row.session] = nth
        return nth

    def loaded(self, name: str) -> Loaded:
        """What there is, sorted by time; rows of the same time stay in the file's order."""
        at_ns = _whole(self._at)
        backwards = int(np.count_nonzero(np.diff(at_ns) < 0))
        table = Table(
            at_ns,
            _whole(self._input),
            _whole(self._output),
            _whole(self._first_block),
            _whole(self._blocks),
            self.block_tokens if len(self._blocks) else 0,
            self._numbered() if self._sessions else None,
            _whole(self._turn),
            _whole(self._kind),
            tuple(self._kinds),
        )
        if backwards:
            table = table.taken(np.argsort(at_ns, kind="stable"))
        table = replace(table.from_zero(), tick_ns=tick_of(table.at_ns))
        return Loaded(table, name, dict(self.skipped), backwards)

    def _numbered(self) -> Whole:
        """Conversations, with a number also for each row that has none of its own."""
        session = _whole(self._session)
        alone = session < 0
        session[alone] = len(self._sessions) + np.arange(np.count_nonzero(alone))
        return session
