"""Columns of the requests table as numpy arrays, exact to the nanosecond.

Stamps stay 64-bit integers until after the subtraction: a float holds nanoseconds since boot exactly for
only 104 days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pytest_fmbench.model.record import Status
from pytest_fmbench.model.samples import Flags, Floats

if TYPE_CHECKING:
    import pyarrow as pa

    from pytest_fmbench.model.measurement import Measurement

Integers = NDArray[np.int64]


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

    def floats(self) -> Floats:
        """As floats, NaN where not known."""
        return np.where(self.known, self.integers.astype(np.float64), np.nan)

    def seconds(self) -> Floats:
        """A difference in ns as seconds, NaN where not known."""
        return self.floats() / 1e9


@dataclass(frozen=True)
class Chunks:
    """Content chunks of all requests end to end; those of request ``i`` are ``starts[i]:ends[i]``."""

    starts: Integers
    ends: Integers
    ns: Integers
    tokens: Integers

    @property
    def owner(self) -> Integers:
        """The request that each chunk belongs to."""
        return np.repeat(np.arange(len(self.starts)), self.ends - self.starts)


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
    table = measurement.window_requests
    return column(table, name).where(has_status(table, Status.OK))


def chunks(table: pa.Table) -> Chunks:
    """The content chunks of the requests of ``table``."""
    ns, tokens = (table[name].combine_chunks() for name in ("chunk_ns", "chunk_tokens"))
    offsets = np.asarray(ns.offsets.to_numpy(), dtype=np.int64)
    offsets = offsets - offsets[0]
    return Chunks(offsets[:-1], offsets[1:], ns.flatten().to_numpy(), tokens.flatten().to_numpy())


def first_chunk(measurement: Measurement) -> Column:
    """When the first content chunk of each window request that succeeded arrived."""
    found = chunks(measurement.window_requests)
    return _chunk_at(measurement, found, found.starts)


def last_chunk(measurement: Measurement) -> Column:
    """When the last content chunk of each window request that succeeded arrived."""
    found = chunks(measurement.window_requests)
    return _chunk_at(measurement, found, found.ends - 1)


def _chunk_at(measurement: Measurement, found: Chunks, index: Integers) -> Column:
    some = found.ends > found.starts
    at = np.zeros(len(index), dtype=np.int64)
    at[some] = found.ns[index[some]]
    return Column(at, some & has_status(measurement.window_requests, Status.OK))


def output_tokens(measurement: Measurement) -> Column:
    """Output tokens of each window request: the server's count where it gave one, else ours."""
    theirs, ours = succeeded(measurement, "output_tokens"), succeeded(measurement, "counted_output_tokens")
    return Column(np.where(theirs.known, theirs.integers, ours.integers), ours.known)
