from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pytest_fmbench.catalog import DIALECTS, METRICS
from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.comparison import AgainstStored, Change
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.model.sampled import Telemetry
from pytest_fmbench.runs.baselines.against import Reference, plain
from pytest_fmbench.runs.comparing.compare import SHOWN
from pytest_fmbench.runs.report import recompute, report
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.verdicts.promises import promises_of
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.sla import parse
from pytest_fmbench.store.packed import Kept, Packed, Stored, pack
from pytest_fmbench.store.session import write_json
from pytest_fmbench.store.telemetry import write_telemetry
from tests.support.records import CERTIFICATE, measured, record, run_of
from tests.support.sessions import CONDITIONS, MS, SUBJECT, kept_case, kept_session, requests
from tests.support.telemetry import At, telemetry

CASE = "case-1a2b3c4d"
STRICT = Strictness(0.95, 0.05)


def waits(median_ms: float, seed: int = 1, count: int = 400, **changed: Any) -> list[RequestRecord]:
    """Requests whose first token takes about so long."""
    return requests(*np.random.default_rng(seed).lognormal(np.log(median_ms), 0.1, count), **changed)


def lost(count: int) -> list[RequestRecord]:
    return [record(status="failed", error="timeout")] * count


def run_with(records: list[RequestRecord], *promised: str, stamp_p99_ns: int = 50_000) -> Run:
    promises = promises_of([parse(text, METRICS) for text in promised], METRICS)
    run = run_of(measured(*records, promises=promises), replace(CERTIFICATE, stamp_p99_ns=stamp_p99_ns))
    run.folder = Path("somewhere") / CASE
    return run


def held(
    folder: Path,
    before: list[RequestRecord],
    run: Run,
    *despite: str,
    runs: int = 1,
    strictness: Strictness = STRICT,
    **subject: Any,
) -> AgainstStored:
    """``run``, held against a session that recorded ``before``."""
    kept_session(folder, {CASE: before})
    reference = Reference(Kept(folder, frozenset({CASE})), frozenset(despite))
    return reference.against(run, SUBJECT | subject, strictness, runs=runs)


def changes(found: AgainstStored) -> dict[str, Change]:
    return {one.name: one.change for one in found.statistics}


@pytest.mark.parametrize(
    ("median_ms", "change", "regressed"),
    [(150, Change.REGRESSION, True), (70, Change.IMPROVEMENT, False), (100, Change.EQUIVALENT, False)],
)
def test_what_is_slower_is_a_regression(tmp_path: Path, median_ms: float, change: Change, regressed: bool) -> None:
    found = held(tmp_path, waits(100), run_with(waits(median_ms, 2)))
    assert changes(found)["ttft.p50"] is changes(found)["e2e.p50"] is change
    assert changes(found)["error_rate"] is Change.EQUIVALENT, "none failed in both"
    assert tuple(changes(found)) == SHOWN
    assert found.regressed is regressed


def test_few_requests_decide_little_and_fail_nothing(tmp_path: Path) -> None:
    found = held(tmp_path, requests(100, 110, 120), run_with(requests(150, 160, 170)))
    assert changes(found)["ttft.p50"] is Change.INCONCLUSIVE
    assert not found.regressed


def test_failures_are_compared_too(tmp_path: Path) -> None:
    half = [one for pair in zip(waits(100, 2), lost(400), strict=True) for one in pair]
    found = held(tmp_path, waits(100), run_with(half))
    assert changes(found)["error_rate"] is Change.REGRESSION


def test_the_margin_is_the_tolerance(tmp_path: Path) -> None:
    run = run_with(waits(120, 2))
    assert held(tmp_path, waits(100), run, strictness=Strictness(0.95, 0.05)).regressed
    assert not held(tmp_path, waits(100), run, strictness=Strictness(0.95, 0.5)).regressed


def test_the_risk_is_that_of_the_case_over_its_statistics_and_runs(tmp_path: Path) -> None:
    """Holm: what nothing is shown of is told at alpha / m, here of six statistics and of three runs."""
    before, run = requests(100, 110, 120), run_with(requests(100, 110, 120))
    for runs, confidence, level in ((1, 0.95, 1 - 0.1 / 6), (3, 0.95, 1 - 0.1 / 18), (1, 0.9, 1 - 0.2 / 6)):
        found = held(tmp_path, before, run, runs=runs, strictness=Strictness(confidence, 0.05))
        (p95,) = (one for one in found.statistics if one.name == "ttft.p95")
        assert p95.ratio.confidence == pytest.approx(level)
        assert found.runs == runs


def test_a_statistic_that_neither_has_is_left_out(tmp_path: Path) -> None:
    found = held(tmp_path, lost(5), run_with(lost(5)))
    assert set(changes(found)) == {"error_rate", "output_token_rate"}
    assert "ttft.p50" in changes(held(tmp_path, waits(100), run_with(lost(5))))


def test_goodput_is_compared_by_what_the_run_promises(tmp_path: Path) -> None:
    """The baseline is computed again, so that it keeps or breaks the same promises."""
    assert "goodput" not in changes(held(tmp_path, waits(100), run_with(waits(100, 2))))
    found = held(tmp_path, waits(100), run_with(waits(130, 2), "ttft < 110ms"))
    (goodput,) = (one for one in found.statistics if one.name == "goodput")
    assert 0.6 < goodput.baseline < 1.0
    assert goodput.candidate < 0.2
    assert goodput.change is Change.REGRESSION


def test_a_case_that_it_lacks_is_not_compared(tmp_path: Path) -> None:
    run = run_with(waits(100))
    run.folder = Path("somewhere") / f"{CASE}.2"
    found = held(tmp_path, waits(100), run)
    assert found.lacking.startswith("it lacks this case; cases are known by their node ids")
    assert (found.statistics, found.regressed) == ((), False)


OTHER = {
    **CONDITIONS,
    "machine": {"cpu": "another CPU", "architecture": "x86_64", "cores": 4, "memory_gib": 24},
    "workload": {"prompts": "def"},
}


def test_other_conditions_are_listed_and_nothing_is_compared(tmp_path: Path) -> None:
    found = held(tmp_path, waits(100), run_with(waits(900)), conditions=OTHER, workload="Chat(output_tokens=3)")
    assert found.differences == (
        "machine cpu: a CPU -> another CPU",
        "machine cores: 2 -> 4",
        "workload prompts: abc -> def (Chat(output_tokens=2) -> Chat(output_tokens=3))",
    )
    assert (found.statistics, found.despite) == ((), ())


def test_what_may_differ_is_told_and_compared(tmp_path: Path) -> None:
    found = held(tmp_path, waits(100), run_with(waits(900)), "machine", conditions=OTHER)
    assert [line.partition(" ")[0] for line in found.differences] == ["workload"]
    found = held(tmp_path, waits(100), run_with(waits(900)), "machine", "workload", conditions=OTHER)
    assert (found.differences, len(found.despite)) == ((), 3)
    assert found.regressed


def test_a_server_that_does_not_say_what_it_is_is_told_of(tmp_path: Path) -> None:
    unknown = {**CONDITIONS, "stack": {"version": "unknown", "fingerprint": "unknown"}}
    kept_session(tmp_path, {CASE: waits(100)}, conditions=unknown)
    reference = Reference(Kept(tmp_path, frozenset({CASE})))
    found = reference.against(run_with(waits(100)), SUBJECT | {"conditions": unknown}, STRICT, runs=1)
    assert found.notes == ("the server does not say which software it is: that it is the same is taken for granted",)
    assert held(tmp_path, waits(100), run_with(waits(100))).notes == ()


def test_a_window_that_its_sla_ended_is_told_of(tmp_path: Path) -> None:
    run = run_with(waits(100))
    run.decided = True
    (note,) = held(tmp_path, waits(100), run).notes
    assert note.startswith("this run's window ended with its SLA's verdict")


def test_our_own_error_may_not_pass_for_a_difference(tmp_path: Path) -> None:
    """Stamps of the event loop, which may be 60 ms late: 100 ms and 150 ms could be the same."""
    before, after = waits(100, stamp="loop"), waits(150, 2, stamp="loop")
    assert held(tmp_path, before, run_with(after, stamp_p99_ns=MS)).regressed
    found = held(tmp_path, before, run_with(after, stamp_p99_ns=60 * MS))
    assert found.doubt.startswith("ttft.p50 is regression, but with our own error inconclusive: it may be too long by")
    assert (found.statistics, found.refused) == ((), True)


def test_an_error_of_ours_that_changes_nothing_is_let_pass(tmp_path: Path) -> None:
    late = run_with(waits(400, 2, stamp="loop"), stamp_p99_ns=20 * MS)
    assert held(tmp_path, waits(100), late).regressed


def test_one_late_read_does_not_move_a_median(tmp_path: Path) -> None:
    """Its slack is a bound on that request alone, and so it counts for it alone."""
    one = requests(150, chunk_slack_ns=(149 * MS, 0), chunk_shared=(1, 0))
    assert held(tmp_path, waits(100), run_with(waits(150, 2) + one)).regressed
    all_of_them = waits(150, 2, chunk_slack_ns=(60 * MS, 0), chunk_shared=(1, 0))
    assert "too long by 0 s in the baseline and by 60" in held(tmp_path, waits(100), run_with(all_of_them)).doubt


def test_a_baseline_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    kept_session(tmp_path, {CASE: waits(100)})
    reference = Reference(Kept(tmp_path, frozenset({CASE})))
    folder = tmp_path / "cases" / CASE
    kept = json.loads((folder / "case.json").read_text())
    write_json(folder / "case.json", {**kept, "certificate": {"sun_spots": 1}})
    with pytest.raises(StoreError, match="another version wrote it"):
        reference.against(run_with(waits(100)), SUBJECT, STRICT, runs=1)
    (folder / "requests.parquet").write_bytes(b"no table")
    with pytest.raises(StoreError, match=r"cannot read .*requests\.parquet"):
        reference.against(run_with(waits(100)), SUBJECT, STRICT, runs=1)


def test_it_is_told_in_plain_values(tmp_path: Path) -> None:
    run = run_with(waits(150, 2))
    told = plain(held(tmp_path, waits(100), run), run)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    first = told["statistics"][0]
    assert (first["name"], first["unit"], first["change"]) == ("ttft.p50", "s", "regression")
    assert first["baseline"] == pytest.approx(0.1, rel=0.05)
    assert first["low"] < first["ratio"] < first["high"]


def test_a_report_holds_records_against_a_baseline_and_forgets_what_was_said_then(tmp_path: Path) -> None:
    kept_session(tmp_path / "before", {CASE: waits(100)})
    reference = Reference(Kept(tmp_path / "before", frozenset({CASE})))
    folder = tmp_path / "after" / "cases" / CASE
    then = {"name": "then", "runs": 2, "differences": [], "doubt": "", "statistics": []}
    kept_case(folder, waits(150, 2), baseline=then)
    (summary,) = report([folder], METRICS, DIALECTS, reference).summaries
    assert (summary["baseline"]["name"], summary["baseline"]["runs"]) == ("before", 2)
    assert summary["baseline"]["statistics"][0]["change"] == "regression"
    assert not report([folder], METRICS, DIALECTS, reference).passed
    assert report([folder], METRICS, DIALECTS).passed
    assert recompute(folder, METRICS)["baseline"]["name"] == "then"


def test_a_report_does_not_hold_what_was_not_judged(tmp_path: Path) -> None:
    kept_session(tmp_path / "before", {CASE: waits(100)})
    reference = Reference(Kept(tmp_path / "before", frozenset({CASE})))
    folder = tmp_path / "after" / CASE
    kept_case(folder, waits(150, 2), judged=False)
    (summary,) = report([folder], METRICS, DIALECTS, reference).summaries
    assert "baseline" not in summary


def drawn(watts: float) -> Telemetry:
    """Of an accelerator, from before the window until after it."""
    return telemetry(*(At(nth / 10, "gpu.power", watts) for nth in range(-1, 13)))


@pytest.mark.parametrize("packed", [False, True], ids=["session", "file"])
def test_energy_is_compared_where_both_were_sampled(tmp_path: Path, packed: bool) -> None:
    session = kept_session(tmp_path / "session", {CASE: waits(100)})
    write_telemetry(session / "cases" / CASE / "telemetry.parquet", drawn(200.0))
    stored: Stored = Kept(session, frozenset({CASE}))
    if packed:
        pack(tmp_path / "main.zip", {}, session / "session.json", [session / "cases" / CASE])
        stored = Packed(tmp_path / "main.zip")
    run = run_with(waits(100))
    assert "energy_per_1k_tokens" not in changes(Reference(stored).against(run, SUBJECT, STRICT, runs=1))
    measurement = replace(run.figures.measurement, telemetry=drawn(400.0))
    run.figures = replace(run.figures, measurement=measurement, _samples={}, _prepared={})
    found = Reference(stored).against(run, SUBJECT, STRICT, runs=1)
    (energy,) = (one for one in found.statistics if one.name == "energy_per_1k_tokens")
    assert energy.candidate == pytest.approx(2 * energy.baseline)
    told = plain(found, run)["statistics"]
    assert [one["unit"] for one in told if one["name"] == "energy_per_1k_tokens"] == ["J"]
