from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fmbench.catalog import DIALECTS, METRICS
from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.certificate import Certificate
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.runs.report import Report, recompute, report
from pytest_fmbench.runs.summary import Summary, summarise
from pytest_fmbench.runs.verdicts.certify import problems
from pytest_fmbench.runs.verdicts.judge import judge_run
from pytest_fmbench.runs.verdicts.promises import promises_of
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.sla import parse
from pytest_fmbench.store.session import write_json
from pytest_fmbench.store.table import write_measurement
from tests.support.records import CERTIFICATE, WINDOW, measured, record, run_of

SECOND = 1_000_000_000
SLA = ("ttft.p50 < 3s", "ttft < 2s", "goodput >= 40%", "ttft.p99 < 3s", "error_rate <= 0%")
CAREFUL = Strictness(0.9, 0.2, judged_runs=2)


def kept(
    folder: Path,
    records: Sequence[RequestRecord],
    sla: Sequence[str] = SLA,
    *,
    strictness: Strictness = CAREFUL,
    certificate: Certificate = CERTIFICATE,
    open_loop: bool = False,
    window: Window = WINDOW,
) -> Summary:
    """Leave in ``folder`` what a session leaves there, and return its summary."""
    objectives = [parse(text, METRICS) for text in sla]
    promises = promises_of(objectives, METRICS, open_loop=open_loop)
    run = run_of(measured(*records, window=window, promises=promises), certificate, open_loop=open_loop)
    run.figures.confidence = strictness.confidence
    run.invalid = list(problems(run, objectives))
    run.verdicts = judge_run(run, objectives, strictness)
    subject = {"case": "a case", "deployment": "m+s+local", "open_loop": open_loop, "sla": list(sla)}
    summary = summarise(run, {**subject, **asdict(strictness)})
    folder.mkdir(parents=True, exist_ok=True)
    write_measurement(folder / "requests.parquet", run.figures.measurement)
    write_json(folder / "case.json", summary)
    return summary


def waits(*seconds: int, **changed: Any) -> list[RequestRecord]:
    return [record((100 + wait * SECOND, 105 + wait * SECOND), **changed) for wait in seconds]


def told(*cases: Path) -> Report:
    return report(cases, METRICS, DIALECTS)


@pytest.mark.parametrize("open_loop", [False, True])
def test_it_is_what_the_session_found(tmp_path: Path, open_loop: bool) -> None:
    records = waits(1, 2, scheduled_ns=50) * 20 + [record(status="failed"), record((105,), phase="drain")]
    summary = kept(tmp_path, records, open_loop=open_loop)
    again = recompute(tmp_path, METRICS)
    assert again == summary == json.loads((tmp_path / "case.json").read_text())
    assert list(again) == list(summary)
    outcomes = [verdict["outcome"] for verdict in again["verdicts"]]
    assert outcomes == ["pass", "inconclusive", "inconclusive", "fail"]


@settings(deadline=None, max_examples=20)
@given(
    waited=st.lists(st.integers(0, 5), max_size=12),
    failed=st.integers(0, 3),
    length=st.integers(1, 2**50),
    confidence=st.floats(0.6, 0.99),
)
def test_whatever_was_measured_it_is_found_again(
    tmp_path_factory: pytest.TempPathFactory, waited: list[int], failed: int, length: int, confidence: float
) -> None:
    folder = tmp_path_factory.mktemp("case")
    records = waits(*waited) + [record(status="failed")] * failed
    summary = kept(folder, records, strictness=Strictness(confidence, 0.05), window=Window(0, length))
    assert recompute(folder, METRICS) == summary


def test_nothing_computed_is_taken_from_the_file(tmp_path: Path) -> None:
    summary = kept(tmp_path, waits(1, 2) * 20)
    computed = ("window_s", "requests", "invalid", "warnings", "figures", "verdicts")
    write_json(tmp_path / "case.json", summary | dict.fromkeys(computed, "forged"))
    assert recompute(tmp_path, METRICS) == summary


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [({}, "inconclusive"), ({"tolerance": 0.6}, "pass"), ({"sla": ["ttft.p50 < 1s"]}, "fail")],
)
def test_it_is_judged_by_the_sla_and_tolerance_that_were_kept(tmp_path: Path, changed: Summary, outcome: str) -> None:
    summary = kept(tmp_path, waits(*[1, 2] * 20), ["ttft.p50 <= 1.5s"])
    write_json(tmp_path / "case.json", summary | changed)
    assert [verdict["outcome"] for verdict in recompute(tmp_path, METRICS)["verdicts"]] == [outcome]


def test_intervals_are_of_the_confidence_that_was_kept(tmp_path: Path) -> None:
    summary = kept(tmp_path, waits(*(17 * nth % 41 for nth in range(1, 41))), ["ttft.mean < 1s"])
    write_json(tmp_path / "case.json", summary | {"confidence": 0.99})
    again = recompute(tmp_path, METRICS)
    for narrow, wide in (
        (summary["figures"]["ttft.mean"], again["figures"]["ttft.mean"]),
        (summary["verdicts"][0], again["verdicts"][0]),
    ):
        assert wide["low"] < narrow["low"] < narrow["value"] == wide["value"] < narrow["high"] < wide["high"]


def test_a_load_generator_that_was_too_slow_is_found_again(tmp_path: Path) -> None:
    slow = replace(CERTIFICATE, stamp_p99_ns=SECOND, run_queue_share=0.5)
    summary = kept(tmp_path, waits(1), ["ttft.p50 < 3s"], certificate=slow)
    again = recompute(tmp_path, METRICS)
    assert again == summary
    assert again["verdicts"][0]["outcome"] == "invalid"
    assert [len(again[name]) for name in ("invalid", "warnings")] == [1, 1]


def test_runs_stand_in_the_order_of_measuring(tmp_path: Path) -> None:
    later = kept(tmp_path / "a", waits(1), window=Window(7, SECOND))
    first = kept(tmp_path / "b", waits(2), window=Window(3, SECOND))
    assert told(tmp_path / "a", tmp_path / "b") == Report([first, later], [], [tmp_path / "b", tmp_path / "a"])


@pytest.mark.parametrize(
    ("sla", "late_s", "passed"),
    [
        (["ttft.p50 < 3s", "error_rate <= 0%"], 0, True),
        ([], 0, True),
        (["ttft.p50 < 3s", "ttft.p50 < 1s"], 0, False),
        (["ttft.p99 < 3s"], 0, False),
        (["ttft.p50 < 3s"], 1, False),
        (["ttft < 3s"], 1, False),
    ],
)
def test_it_passed_only_if_every_verdict_is_a_pass(tmp_path: Path, sla: list[str], late_s: int, passed: bool) -> None:
    certificate = replace(CERTIFICATE, stamp_p99_ns=late_s * SECOND)
    kept(tmp_path, waits(1, 2) * 20, sla, certificate=certificate)
    assert told(tmp_path).passed is passed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sla": ["ttfft.p95 < 1s"]}, r"(?s)case\.json.*another version.*unknown metric 'ttfft'"),
        (
            {"certificate": {"stamp_p99_ns": 1, "sun_spots": 2}},
            r"certificate in .*case\.json.*another version.*sun_spots",
        ),
    ],
)
def test_what_another_version_wrote_is_refused(tmp_path: Path, change: Summary, message: str) -> None:
    write_json(tmp_path / "case.json", kept(tmp_path, waits(1)) | change)
    with pytest.raises(StoreError, match=message):
        recompute(tmp_path, METRICS)


@pytest.mark.parametrize("name", ["name", "sla", "open_loop", "certificate", *asdict(CAREFUL)])
def test_what_it_needs_and_does_not_find_is_named(tmp_path: Path, name: str) -> None:
    summary = kept(tmp_path, waits(1))
    write_json(tmp_path / "case.json", {key: value for key, value in summary.items() if key != name})
    with pytest.raises(StoreError, match=rf"case\.json lacks {name}: another version wrote it"):
        recompute(tmp_path, METRICS)


@pytest.mark.parametrize(("file", "text"), [("case.json", "{"), ("case.json", "[]"), ("requests.parquet", "no table")])
def test_a_damaged_file_is_named(tmp_path: Path, file: str, text: str) -> None:
    kept(tmp_path, waits(1))
    (tmp_path / file).write_text(text)
    with pytest.raises(StoreError, match=rf"cannot read .*{file}"):
        told(tmp_path)
