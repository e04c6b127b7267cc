"""Columns of the requests table as numpy arrays, exact to the nanosecond.

Stamps stay 64-bit integers until after the subtraction: a float holds nanoseconds since boot exactly for
only 104 days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pytest_fmbench.model.exchange import Phase
from pytest_fmbench.model.record import Status
from pytest_fmbench.model.samples import Flags, Floats

if TYPE_CHECKING:
    import pyarrow as pa

    from pytest_fmbench.model.measurement import Measurement

Integers = NDArray[np.int64]

AT_ONCE = 1 << 14
"""Requests whose chunks are looked at together: a million chunks or so, which a processor's cache holds."""


@dataclass(frozen=True)
class Column:
    """An integer a request, and whether it is known: not null, and of a request that the metric is about."""

    integers: Integers
    known: Flags

    def __sub__(self, other: Column) -> Column:
        """The differences, known where both are."""
        return Column(self.integers - other.integers, self.known & other.known)

    def where(self, condition: Flags) -> Column:
        """The same integers, known only where ``condition`` holds too."""
        return Column(self.integers, self.known & condition)

    def only(self, rows: Flags) -> Column:
        """That of the requests ``rows`` alone."""
        return Column(self.integers[rows], self.known[rows])

    def floats(self) -> Floats:
        """As floats, NaN where not known."""
        return np.where(self.known, self.integers.astype(np.float64), np.nan)

    def seconds(self) -> Floats:
        """A difference in ns as seconds, NaN where not known."""
        return self.floats() / 1e9


@dataclass(frozen=True)
class Chunks:
    """Content chunks of requests in a row, end to end; those of request ``i`` of them are ``starts[i]:ends[i]``.

    :param rows: which of the table's requests they are.
    """

    rows: slice
    starts: Integers
    ends: Integers
    ns: Integers
    tokens: Integers

    def of(self, requests: Flags) -> Flags:
        """Which of the chunks belong to ``requests``, a flag for each request of the table."""
        return np.repeat(requests[self.rows], self.ends - self.starts)


def in_window(measurement: Measurement) -> Flags:
    """Which of all requests began in the window."""
    import pyarrow.compute as pc

    return np.asarray(pc.equal(measurement.requests["phase"], Phase.WINDOW.value).to_numpy(), dtype=np.bool_)


def window(measurement: Measurement, *names: str) -> pa.Table:
    """The columns ``names`` of the requests that began in the window, in order of sending; no other is copied."""
    import pyarrow as pa

    return measurement.requests.select(names).filter(pa.array(in_window(measurement)))


def has_status(table: pa.Table, status: Status) -> Flags:
    """Which requests of ``table`` ended as ``status``."""
    import pyarrow.compute as pc

    return np.asarray(pc.equal(table["status"], status.value).to_numpy(), dtype=np.bool_)


def column(table: pa.Table, name: str) -> Column:
    """An integer column of ``table``, known where it is not null."""
    cells = table[name]
    known = np.asarray(cells.is_valid().to_numpy(), dtype=np.bool_)
    return Column(np.asarray(cells.fill_null(0).to_numpy(), dtype=np.int64), known)


def succeeded(measurement: Measurement, name: str) -> Column:
    """An integer column of the window's requests, known for those that succeeded."""
    table = window(measurement, name, "status")
    return column(table, name).where(has_status(table, Status.OK))


def chunks(table: pa.Table) -> Iterator[Chunks]:
    """The content chunks of the requests of ``table``, some thousand requests at a time. Nothing is copied."""
    first = 0
    for batch in table.select(["chunk_ns", "chunk_tokens"]).to_batches(max_chunksize=AT_ONCE):
        ns, tokens = batch.columns
        offsets = np.asarray(ns.offsets.to_numpy(), dtype=np.int64)
        offsets = offsets - offsets[0]
        rows = slice(first, first + batch.num_rows)
        yield Chunks(rows, offsets[:-1], offsets[1:], ns.flatten().to_numpy(), tokens.flatten().to_numpy())
        first = rows.stop


def first_chunk(measurement: Measurement) -> Column:
    """When the first content chunk of each window request that succeeded arrived."""
    return _chunk_at(measurement, lambda found: found.starts)


def last_chunk(measurement: Measurement) -> Column:
    """When the last content chunk of each window request that succeeded arrived."""
    return _chunk_at(measurement, lambda found: found.ends - 1)


def _chunk_at(measurement: Measurement, index: Callable[[Chunks], Integers]) -> Column:
    table = measurement.requests
    at, some = np.zeros(table.num_rows, dtype=np.int64), np.zeros(table.num_rows, dtype=np.bool_)
    for found in chunks(table):
        some[found.rows] = filled = found.ends > found.starts
        at[found.rows][filled] = found.ns[index(found)[filled]]
    return Column(at, some & has_status(table, Status.OK)).only(in_window(measurement))


def output_tokens(measurement: Measurement) -> Column:
    """Output tokens of each window request: the server's count where it gave one, else ours."""
    theirs, ours = succeeded(measurement, "output_tokens"), succeeded(measurement, "counted_output_tokens")
    return Column(np.where(theirs.known, theirs.integers, ours.integers), ours.known)
