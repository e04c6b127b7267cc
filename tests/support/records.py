"""Records and measurements in a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.model.certificate import Certificate
from pytest_fmbench.model.measurement import Measurement, Promise, Window
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.runs.figures import Figures
from pytest_fmbench.runs.run import Run
from pytest_fmbench.store.table import to_table

WINDOW = Window(0, 1_000_000_000)
CERTIFICATE = Certificate(stamp_p99_ns=50_000, loop_longest_ns=900_000, run_queue_share=0.001)
"""Of a load generator that had nothing to complain about."""


def record(chunks: tuple[int, ...] = (), *, tokens: tuple[int, ...] | None = None, **changed: Any) -> RequestRecord:
    """A request that was sent at 100 ns, of which ``changed`` says what is different."""
    counts = tokens or (1,) * len(chunks)
    fields: dict[str, Any] = {
        "request_id": "r",
        "session_id": None,
        "turn": 0,
        "round": 0,
        "worker": 0,
        "phase": "window",
        "scheduled_ns": 90,
        "begun_ns": 95,
        "pool_wait_ns": 0,
        "connect_ns": 0,
        "tls_ns": 0,
        "sent_ns": 100,
        "first_byte_ns": chunks[0] if chunks else None,
        "chunk_ns": chunks,
        "chunk_tokens": counts,
        "chunk_kind": ("content",) * len(chunks),
        "chunk_shared": (0,) * len(chunks),
        "chunk_slack_ns": (0,) * len(chunks),
        "done_ns": chunks[-1] if chunks else 100,
        "counted_output_tokens": sum(counts),
    }
    return RequestRecord(**fields | changed)


def measured(*records: RequestRecord, window: Window = WINDOW, promises: tuple[Promise, ...] = ()) -> Measurement:
    """A measurement of these requests."""
    return Measurement(to_table(records), window, promises)


def run_of(measurement: Measurement, certificate: Certificate = CERTIFICATE, *, open_loop: bool = False) -> Run:
    """A run that measured this."""
    return Run("a case", Figures(measurement, METRICS), Path("somewhere"), certificate, open_loop)
