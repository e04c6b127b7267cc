"""Chunks of one kind: when the first and the last of each request came, and how many tokens they brought."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pytest_fmbench.metrics import columns
from pytest_fmbench.metrics.columns import Column, Integers, has_status, in_window, succeeded
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.record import ChunkKind, Status


@dataclass(frozen=True)
class OfKind:
    """Chunks of one kind, of some requests, in their order.

    :param rows: of each chunk, which of the table's requests it belongs to; ascending.
    """

    rows: Integers
    ns: Integers
    tokens: Integers


def first_of(measurement: Measurement, kind: ChunkKind) -> Column:
    """When the first chunk of that kind of each window request that succeeded arrived; known where there is one."""
    return _one_of(measurement, kind, last=False)


def last_of(measurement: Measurement, kind: ChunkKind) -> Column:
    """The same of the last one."""
    return _one_of(measurement, kind, last=True)


def reasoning_tokens(measurement: Measurement) -> Column:
    """Reasoning tokens of each window request that succeeded: the server's count where it gave one, else ours.

    Ours is not known where no text came, nor where all of it came in one chunk, which is of the kind of its content.
    """
    theirs = succeeded(measurement, "reasoning_tokens")
    ours, every = _tokens_of(measurement, ChunkKind.REASONING), _tokens_of(measurement, None)
    told_apart = every.tokens > 0, (every.chunks > 1) | (every.tokens == 1)
    known = Column(ours.tokens, np.logical_and(*told_apart) & has_status(measurement.requests, Status.OK))
    known = known.only(in_window(measurement))
    return Column(np.where(theirs.known, theirs.integers, known.integers), theirs.known | known.known)


@dataclass(frozen=True)
class _Sums:
    """Of each request of a table."""

    tokens: Integers
    chunks: Integers


def _tokens_of(measurement: Measurement, kind: ChunkKind | None) -> _Sums:
    count = measurement.requests.num_rows
    tokens, chunks = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    for found in _of_kind(measurement, kind):
        np.add.at(tokens, found.rows, found.tokens)
        np.add.at(chunks, found.rows, 1)
    return _Sums(tokens, chunks)


def _one_of(measurement: Measurement, kind: ChunkKind, *, last: bool) -> Column:
    count = measurement.requests.num_rows
    at, some = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.bool_)
    step = -1 if last else 1
    for found in _of_kind(measurement, kind):
        rows, places = np.unique(found.rows[::step], return_index=True)
        at[rows], some[rows] = found.ns[::step][places], True
    return Column(at, some & has_status(measurement.requests, Status.OK)).only(in_window(measurement))


def _of_kind(measurement: Measurement, kind: ChunkKind | None) -> Iterator[OfKind]:
    """Those of some thousand requests at a time; None is of any kind."""
    import pyarrow.compute as pc

    begin = 0
    table = measurement.requests.select(["chunk_ns", "chunk_tokens", "chunk_kind"])
    for batch in table.to_batches(max_chunksize=columns.AT_ONCE):
        ns, tokens, kinds = batch.columns
        rows = np.repeat(np.arange(begin, begin + batch.num_rows), np.diff(np.asarray(ns.offsets.to_numpy())))
        found = rows, ns.flatten().to_numpy(), tokens.flatten().to_numpy()
        if kind is not None:
            wanted = pc.equal(kinds.flatten(), kind.value).to_numpy(zero_copy_only=False).astype(np.bool_)
            found = found[0][wanted], found[1][wanted], found[2][wanted]
        yield OfKind(*found)
        begin += batch.num_rows
