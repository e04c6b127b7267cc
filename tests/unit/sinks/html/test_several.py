"""What a page makes of several runs, deployments and rounds, and how much of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.runs.summary import summarise
from pytest_fmbench.sinks.html.base import Told
from pytest_fmbench.sinks.html.opened import MOST
from pytest_fmbench.sinks.html.page import render
from pytest_fmbench.sinks.html.parts.course import STRETCHES
from pytest_fmbench.sinks.html.sections.cost import pareto
from pytest_fmbench.store.table import to_table, write_measurement
from pytest_fmbench.store.telemetry import write_telemetry
from tests.support.pages import Page
from tests.support.records import record, run_of
from tests.support.sessions import kept_case, requests
from tests.support.tasks import task, tasked
from tests.support.telemetry import At, telemetry

MS = 1_000_000


def run(folder: Path, nth: int, *ttft_ms: float, **changed: Any) -> dict[str, Any]:
    summary = kept_case(folder / "cases" / f"c{nth}", requests(*(ttft_ms or (10, 20))), name=f"case {nth}")
    return {**summary, "case": f"t.py::case {nth}", "folder": f"cases/c{nth}", **changed}


def on(folder: Path, nth: int, deployment: str, *ttft_ms: float, **changed: Any) -> dict[str, Any]:
    name = f"test_chat[{deployment}-closed:1]"
    return run(folder, nth, *ttft_ms, deployment=deployment, name=name, case=f"t.py::{name}", **changed)


@pytest.fixture
def two(tmp_path: Path) -> list[dict[str, Any]]:
    """The same case on two deployments."""
    return [on(tmp_path, 0, "m+a+local", 100, 110), on(tmp_path, 1, "m+b+local", 300, 330)]


def test_deployments_are_told_side_by_side(tmp_path: Path, two: list[dict[str, Any]]) -> None:
    made = Page(render(Told(two, {}, tmp_path)))
    assert made.sections() == ["verdicts", "matrix", "tradeoff", "figures", "closely"]
    assert "TTFT p50 by case and deployment case a b test_chat[closed:1] 105 ms" in made.text("matrix")
    heats = [str(one["style"]) for one in made.with_attribute("style")]
    assert heats[:2] == ["--heat: 0%", "--heat: 29%"]


def test_a_distribution_knows_that_of_the_same_case_elsewhere(tmp_path: Path, two: list[dict[str, Any]]) -> None:
    alone = run(tmp_path, 2)
    data = Page(render(Told([*two, alone], {}, tmp_path))).data
    assert data["run-0-spread"]["also"] == ["run-1-spread"]
    assert data["run-1-spread"]["also"] == ["run-0-spread"]
    assert data["run-2-spread"]["also"] == []


def test_the_tradeoff_has_every_run_and_every_limit(tmp_path: Path, two: list[dict[str, Any]]) -> None:
    verdict = {"objective": "ttft.p95 < 200ms", "limit": 0.2, "outcome": "pass", "reason": "", "value": 0.1}
    verdict |= {"low": 0.1, "high": None, "n": 2, "unit": "s"}
    data = Page(render(Told([{**one, "verdicts": [verdict]} for one in two], {}, tmp_path))).data["tradeoff-data"]
    assert [one["deployment"] for one in data["runs"]] == ["a", "b"]
    assert data["limits"] == {"ttft.p95": [0.2]}
    assert data["runs"][0]["figures"]["ttft.p50"][0] == pytest.approx(0.105)


def test_cost_is_shown_where_somebody_paid(tmp_path: Path, two: list[dict[str, Any]]) -> None:
    rate = {"value": 100.0, "low": None, "high": None, "n": 2, "unit": "tok/s"}
    paid = [
        {**one, "usd": usd, "window_s": 10.0, "figures": {**one["figures"], "output_token_rate": rate}}
        for one, usd in zip(two, (0.002, 0.001), strict=True)
    ]
    data = Page(render(Told(paid, {}, tmp_path))).data["cost-data"]
    assert [one["usd"] for one in data["runs"]] == [2.0, 1.0]
    assert data["fronts"]["ttft.p50"] == [1, 0]


def test_on_the_pareto_line_is_what_no_other_beats_in_both() -> None:
    assert pareto([(3.0, 1.0), (1.0, 5.0), (2.0, 6.0), (2.0, 3.0), (3.0, 1.0)]) == [1, 3, 0]
    assert pareto([]) == []


def test_rounds_have_a_window_each(tmp_path: Path) -> None:
    one = run(tmp_path, 0)
    rows = [record((100 + MS,), round=nth, begun_ns=nth * 10**9, done_ns=nth * 10**9 + MS) for nth in (0, 1)]
    windows = (Window(0, 5 * 10**8), Window(10**9, 15 * 10**8))
    kept = Measurement(to_table(rows), Window(0, 15 * 10**8), rounds=windows)
    write_measurement(tmp_path / "cases" / "c0" / "requests.parquet", kept)
    made = Page(render(Told([{**one, "rounds": 2}], {}, tmp_path)))
    assert made.data["run-0-course"]["windows"] == [[0.0, 0.5], [1.0, 1.5]]
    assert "rounds 2" in made.text("closely")


def test_a_capacity_is_told_and_drawn(tmp_path: Path) -> None:
    point = {"rate": 2.0, "value": 0.1, "low": 0.05, "high": None, "n": 9, "unit": "s", "fitted": 0.1}
    rate = {"value": 2.0, "low": 1.5, "high": None, "unit": "req/s", "confidence": 0.95}
    curves = {"ttft.p95": [point]}
    told = {"rate": rate, "why": "set by ttft.p95 < 200ms", "probes": [], "curves": curves}
    capacity = {"case": "c", "name": "a search", "limits": {"ttft.p95": 0.2}, **told}
    made = Page(render(Told([], {}, tmp_path, capacities=[capacity])))
    assert made.sections() == ["verdicts", "capacity"]
    assert "\u2713 passed a search 2 req/s" in made.text("verdicts")
    assert "2 req/s [1.5 req/s, inf] at 95%: set by ttft.p95 < 200ms" in made.text("capacity")
    assert made.data["capacity-0-data"]["curves"] == {"ttft.p95": [[2.0, 0.1, 0.05, None, 0.1, None]]}
    assert made.data["capacity-0-data"]["rate"] == [2.0, 1.5, None]


def test_of_many_runs_those_are_opened_first_that_did_not_pass(tmp_path: Path) -> None:
    fine = run(tmp_path, 0)
    bad = {**fine, "invalid": ["the load generator was too slow"]}
    runs = [{**(bad if nth >= 195 else fine), "case": str(nth), "name": f"case {nth}"} for nth in range(200)]
    made = Page(render(Told(runs, {}, tmp_path)))
    opened = sorted({int(name.split("-")[1]) for name in made.data if name.startswith("run-")})
    assert opened == [*range(MOST - 5), *range(195, 200)]
    assert f"{200 - MOST} further runs are not shown" in made.text("closely")
    assert "195 runs without an SLA" in made.text("verdicts")


def many(n: int) -> list[RequestRecord]:
    """The 7th is the slowest, the 8th the fastest."""
    slow = {6: 900 * MS, 7: MS}
    return [
        record(
            (at + slow.get(nth, (50 + nth % 13) * MS),),
            scheduled_ns=at,
            begun_ns=at,
            sent_ns=at,
            done_ns=at + 10**9,
        )
        for nth, at in ((nth, 100 + nth * MS) for nth in range(n))
    ]


def test_a_run_of_many_requests_takes_hardly_more_room_and_keeps_what_stands_out(tmp_path: Path) -> None:
    sizes = []
    for n in (2_000, 20_000):
        summary = kept_case(tmp_path / str(n), many(n))
        html = render(Told([{**summary, "case": "c", "folder": str(n)}], {}, tmp_path))
        sizes.append(len(html))
        data = Page(html).data
        course = data["run-0-course"]
        assert len(course["ttft"][0]) <= 2 * STRETCHES + 2
        assert (max(course["ttft"][1]), min(course["ttft"][1])) == (0.9, 0.001)
        values = data["run-0-spread"]["curves"]["ttft"]["values"]
        assert (values[0], values[-1]) == (0.001, 0.9)
        assert f"Of {n:,} requests" in Page(html).text("closely")
    assert sizes[1] < 1.05 * sizes[0]


def test_what_was_sampled_is_cut_to_the_run_and_a_value_holds_until_the_next(tmp_path: Path) -> None:
    one = run(tmp_path, 0)
    second = 10**9
    rows = [record((second * 2,), begun_ns=second, scheduled_ns=second, sent_ns=second, done_ns=3 * second)]
    where = tmp_path / "cases" / "c0"
    write_measurement(where / "requests.parquet", Measurement(to_table(rows), Window(second, 3 * second)))
    samples = [At(at, "host.cpu", at / 10) for at in (0.0, 0.5, 1.5, 2.5, 3.5)]
    write_telemetry(where / "telemetry.parquet", telemetry(*samples))
    (cpu,) = Page(render(Told([one], {}, tmp_path))).data["run-0-course"]["sampled"]
    assert cpu.pop("meaning").startswith("share of all cores")
    assert cpu == {"name": "host.cpu", "unit": "1", "at": [-0.5, 0.5, 1.5], "values": [0.05, 0.15, 0.25]}


def test_tasks_of_sessions_have_a_table_and_their_turns_another(tmp_path: Path) -> None:
    rows = (record((105, 115), session_id="0.1", input_tokens=20, cached_tokens=5),)
    talk = tasked(task(100, 2_000_000_100, tool_calls=4, valid_tool_calls=3), requests=rows)
    summary = summarise(
        run_of(talk), {"case": "test_talk", "deployment": "m+s+local", "workload": "w", "load": "closed:1"}
    )
    made = Page(render(Told([summary], {}, tmp_path)))
    assert "Tasks of every run case tasks success" in made.text("sessions")
    assert "75%" in made.text("sessions")
    assert "Turns of a case turn requests" in made.text("sessions")
