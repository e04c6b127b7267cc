"""Sessions on disk, as those that were measured leave them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pytest_fmbench.model.certificate import Certificate
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.runs.summary import Summary, summarise
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.store.session import write_json
from pytest_fmbench.store.table import write_measurement
from tests.support.records import CERTIFICATE, measured, record, run_of

MS = 1_000_000
CONDITIONS = {
    "machine": {"cpu": "a CPU", "architecture": "x86_64", "cores": 2, "memory_gib": 24},
    "stack": {"version": "1.0", "fingerprint": "unknown"},
    "deployment": {"served": "m+s", "platform": "local"},
    "workload": {"prompts": "abc"},
    "load": {"arrivals": "Closed(users=1)"},
    "client": {"proxy": False, "http2": False, "fresh_connections": False},
}
SUBJECT = {
    "case": "a case",
    "deployment": "m+s+local",
    "workload": "Chat(output_tokens=2)",
    "load": "closed:1",
    "open_loop": False,
    "sla": [],
    "judged": True,
    "conditions": CONDITIONS,
    **asdict(Strictness()),
}


def requests(*ttft_ms: float, **changed: Any) -> list[RequestRecord]:
    """One each, whose first token took so long and whose second came a millisecond later."""
    fields = {"stamp": "kernel"} | changed
    return [record((100 + int(ms * MS), 100 + int((ms + 1) * MS)), **fields) for ms in ttft_ms]


def kept_case(
    folder: Path, records: Sequence[RequestRecord], certificate: Certificate = CERTIFICATE, **changed: Any
) -> Summary:
    """Leave the files of a run in ``folder``; returns its summary."""
    run = run_of(measured(*records), certificate)
    summary = summarise(run, SUBJECT | changed)
    folder.mkdir(parents=True, exist_ok=True)
    write_measurement(folder / "requests.parquet", run.figures.measurement)
    write_json(folder / "case.json", summary)
    return summary


def kept_session(folder: Path, cases: Mapping[str, Sequence[RequestRecord]], **changed: Any) -> Path:
    """Leave a session in ``folder``, its cases by name; returns it."""
    for name, records in cases.items():
        kept_case(folder / "cases" / name, records, **changed)
    write_json(folder / "session.json", {"begun": "2026-11-26T00:00:00.000+00:00"})
    return folder
