"""The records of many requests, made by numpy: a table as ``requests.parquet`` has it, without a server."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pytest_fmbench.model.measurement import Window
from pytest_fmbench.store.schema import SCHEMA

NEEDED = (
    "phase",
    "status",
    "scheduled_ns",
    "begun_ns",
    "sent_ns",
    "done_ns",
    "input_tokens",
    "output_tokens",
    "counted_output_tokens",
    "chunk_ns",
    "chunk_tokens",
)
"""Columns that metrics are made of."""

Ints = NDArray[np.int64]

_RATE, _UPTIME_NS, _SEED = 400.0, 10**15, 20_261_126
_FAILED = 0.001
"""Share of the requests; they have their chunks, which count nowhere."""


def window_of(requests: int) -> Window:
    """As long as it takes to send so many."""
    return Window(_UPTIME_NS, _UPTIME_NS + int(requests / _RATE * 1e9))


def recorded(requests: int, chunks: int, tokens: int = 1) -> pa.Table:
    """Poisson arrivals; lognormal times to the first chunk, exponential gaps; ``tokens`` in each chunk."""
    random = np.random.default_rng(_SEED)
    sent = _UPTIME_NS + np.sort(random.integers(int(requests / _RATE * 1e9), size=requests))
    stamps = np.empty((requests, chunks), np.int64)
    for at in range(0, requests, 10_000):  # in parts: a temporary copy of all would be the peak of memory
        part = stamps[at : at + 10_000]
        gaps = random.exponential(2e7, part.shape)
        gaps[:, 0] = 2e8 * random.lognormal(0.0, 0.5, len(part))
        part[:] = sent[at : at + 10_000, None] + gaps.cumsum(axis=1).astype(np.int64)
    counts = np.full(requests, chunks * tokens)
    failed = random.random(requests) < _FAILED
    columns = {
        "request_id": pa.array([f"{nth:012x}" for nth in range(requests)]),
        "phase": _same("window", requests),
        "scheduled_ns": sent - 50_000,
        "begun_ns": sent - 30_000,
        "sent_ns": sent,
        "first_byte_ns": stamps[:, 0],
        "done_ns": stamps[:, -1] + 20_000,
        "chunk_ns": _lists(pa.array(stamps.reshape(-1)), chunks),
        "chunk_tokens": _lists(pa.array(np.full(stamps.size, tokens)), chunks),
        "chunk_kind": _lists(_same("content", stamps.size), chunks),
        "chunk_shared": _lists(pa.array(np.zeros(stamps.size, np.bool_)), chunks),
        "chunk_slack_ns": _lists(pa.array(np.zeros(stamps.size, np.int64)), chunks),
        "input_tokens": random.integers(10, 2_000, requests),
        "output_tokens": counts,
        "counted_output_tokens": counts,
        "status": pa.array(np.where(failed, "failed", "ok")),
        "stamp": _same("kernel", requests),
        **{name: np.zeros(requests, np.int64) for name in ("turn", "round", "worker")},
        **{name: np.zeros(requests, np.int64) for name in ("pool_wait_ns", "connect_ns", "tls_ns")},
    }
    return pa.table([_column(columns.get(field.name), field, requests) for field in SCHEMA], SCHEMA)


def _column(values: Ints | pa.Array | None, field: pa.Field, rows: int) -> pa.Array:
    if values is None:
        return pa.nulls(rows, field.type)
    return (pa.array(values) if isinstance(values, np.ndarray) else values).cast(field.type)


def _lists(values: pa.Array, each: int) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(np.arange(0, len(values) + 1, each, dtype=np.int32)), values)


def _same(text: str, rows: int) -> pa.StringArray:
    """The same text in each row."""
    ends = pa.py_buffer(np.arange(rows + 1, dtype=np.int32) * len(text))
    return pa.StringArray.from_buffers(rows, ends, pa.py_buffer(np.tile(np.frombuffer(text.encode(), np.uint8), rows)))
