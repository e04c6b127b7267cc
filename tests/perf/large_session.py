"""A made-up session of any size, of the shape that real ones have: for measuring what reads it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pytest_fmbench.metrics.columns import Integers
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.runs.summary import summarise
from pytest_fmbench.stats.looks import FIRST, GROWTH
from pytest_fmbench.store.schema import SCHEMA
from pytest_fmbench.store.session import file_name, provenance, write_json
from pytest_fmbench.store.table import write_measurement
from pytest_fmbench.store.telemetry import write_telemetry
from tests.support.records import run_of
from tests.support.sessions import SUBJECT
from tests.support.telemetry import At, telemetry

S = 1_000_000_000
SLA = ("ttft.p95 < 210ms", "tpot.mean < 26ms", "error_rate <= 1%")
"""Close to what the requests have, so that no early look decides the first."""

_SAMPLED = ("server.running", "server.waiting", "server.kv_cache", "gpu.power", "gpu.utilization", "host.cpu")
_FAILED, _WARMUP, _RATE = 0.003, 0.1, 50.0


@dataclass(frozen=True)
class Size:
    """How large a session is.

    :param requests: of each case, warm-up and drain too.
    :param tokens: of each request, a chunk each.
    """

    cases: int
    requests: int
    tokens: int


def write_session(folder: Path, size: Size) -> None:
    """Leave a session of open loops in ``folder``: ten loads of each deployment."""
    first: dict[str, Any] | None = None
    for nth in range(size.cases):
        measurement = measurement_of(size, seed=nth)
        deployment, load = f"m-{nth // 10}+stack+local", f"poisson:{10 * (nth % 10 + 1)}"
        name = f"test_chat[{deployment}-{load}]"
        subject = {"case": f"benchmarks/test_chat.py::{name}", "name": name, "deployment": deployment, "load": load}
        where = folder / "cases" / file_name(subject["case"])
        where.mkdir(parents=True)
        write_measurement(where / "requests.parquet", measurement)
        assert measurement.telemetry is not None
        write_telemetry(where / "telemetry.parquet", measurement.telemetry)
        if first is None:  # what is computed in it is not read again, so that of the others is not computed
            first = summarise(run_of(measurement, open_loop=True), SUBJECT | {"open_loop": True, "sla": list(SLA)})
        write_json(where / "case.json", {**first, **subject, "looks": list(_looks(measurement))})
    write_json(folder / "session.json", provenance({"fmbench_confidence": 0.95}))


def measurement_of(size: Size, seed: int) -> Measurement:
    """A run of these requests, which come at random; a few fail."""
    draws = np.random.default_rng(seed)
    begun = S + np.cumsum(draws.exponential(S / _RATE, size.requests)).astype(np.int64)
    window = Window(int(begun[int(_WARMUP * size.requests)]), int(begun[-1]) + 1)
    found = Measurement(_table(draws, begun, window, size.tokens), window)
    seconds = int((begun[-1] - S) / S) + 1
    values = (At(1.0 + at, name, float(draws.random())) for at in range(seconds) for name in _SAMPLED)
    return replace(found, telemetry=telemetry(*values))


def _table(draws: np.random.Generator, begun: Integers, window: Window, tokens: int) -> pa.Table:
    n = begun.size
    failed = draws.random(n) < _FAILED
    lengths = np.where(failed, 0, tokens)
    first = begun + (draws.lognormal(-2.2, 0.4, n) * S).astype(np.int64)
    gaps = (draws.lognormal(-3.8, 0.3, (n, tokens)) * S).astype(np.int64)
    gaps[:, 0] = 0
    arrivals = first[:, None] + np.cumsum(gaps, axis=1)
    done = np.where(failed, begun + 5 * S, arrivals[:, -1])
    chunks = int(lengths.sum())
    lists = {
        "chunk_ns": arrivals[~failed].ravel(),
        "chunk_tokens": np.ones(chunks, np.int64),
        "chunk_kind": np.full(chunks, "content"),
        "chunk_shared": np.zeros(chunks, np.bool_),
        "chunk_slack_ns": np.zeros(chunks, np.int64),
    }
    plain: dict[str, Any] = {
        "request_id": [f"{one:032x}" for one in range(n)],
        "phase": np.where(begun < window.begin_ns, "warmup", "window"),
        **dict.fromkeys(("scheduled_ns", "begun_ns", "sent_ns"), begun),
        **dict.fromkeys(("turn", "round", "worker", "pool_wait_ns", "connect_ns", "tls_ns"), np.zeros(n, np.int64)),
        "first_byte_ns": pa.array(first, mask=failed),
        "done_ns": done,
        "input_tokens": pa.array(draws.integers(20, 400, n), mask=failed),
        **dict.fromkeys(("output_tokens", "counted_output_tokens"), lengths),
        "finish_reason": pa.array(np.full(n, "length"), mask=failed),
        "http_status": pa.array(np.full(n, 200), mask=failed),
        "status": np.where(failed, "failed", "ok"),
        "error": pa.array(np.full(n, "timeout: nothing arrived for 5 s"), mask=~failed),
        "stamp": np.full(n, "kernel"),
    }
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    return pa.table([_column(field, plain, lists, offsets, n) for field in SCHEMA], SCHEMA)


def _column(
    field: pa.Field, plain: dict[str, Any], lists: dict[str, Floats | Integers], offsets: pa.Array, n: int
) -> pa.Array:
    if field.name in lists:
        return pa.ListArray.from_arrays(offsets, pa.array(lists[field.name]).cast(field.type.value_type))
    if field.name in plain:
        return pa.array(plain[field.name]).cast(field.type)
    return pa.nulls(n, field.type)


def _looks(measurement: Measurement) -> Iterator[list[Any]]:
    """Those that a run makes that none of them ends."""
    begun = measurement.window_requests["begun_ns"].to_numpy()
    window, requests = measurement.window, FIRST
    while requests < begun.size:
        end_ns = int(begun[requests])
        yield [requests, (end_ns - window.begin_ns) / (window.end_ns - window.begin_ns), end_ns, None]
        requests = math.ceil(requests * GROWTH)
