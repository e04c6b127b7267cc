from __future__ import annotations

import math
from pathlib import Path

import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.history import History, Unusable
from pytest_fmbench.model.units import Unit
from pytest_fmbench.runs.comparing.compare import SHOWN
from pytest_fmbench.runs.histories.history import chosen, history
from tests.support.histories import CASE, NAME, Json, case_json, name_of, session_json, write_series, write_session

OTHER = "test_other.py_test_other-4567cdef"


def read(folder: Path, *names: str, case: str = "") -> History:
    return history([*folder.iterdir()], chosen(names or ("ttft.p95",), METRICS), case)


def test_a_series_is_a_statistic_of_a_case_over_time(tmp_path: Path) -> None:
    write_series(tmp_path, [0.1, 0.2, 0.3])
    found = read(tmp_path)
    (series,) = found.series
    assert (series.case, series.name, series.statistic) == (CASE, NAME, "ttft.p95")
    assert (series.unit, series.better, series.values) == (Unit.SECOND, "lower", [0.1, 0.2, 0.3])
    assert [point.session for point in series.points] == found.sessions == [name_of(nth) for nth in range(3)]
    assert found.left_out == []


def test_what_a_point_was_made_with_comes_with_it(tmp_path: Path) -> None:
    write_series(tmp_path, [0.1])
    assert read(tmp_path).series[0].points[0].conditions == {
        "python": "3.11.4",
        "cores": "2",
        "--fmbench-workers": "1",
        "--fmbench-proxy": "",
        "deployment": "m+s+local",
        "workload": "Chat(output_tokens=8)",
        "load": "closed:1",
    }


@pytest.mark.parametrize("missing", [None, math.nan, math.inf])
def test_what_is_not_known_is_no_point_and_nothing_is_filled_in(tmp_path: Path, missing: float | None) -> None:
    write_series(tmp_path, [0.1, missing, 0.3])
    found = read(tmp_path)
    assert found.series[0].values == [0.1, 0.3]
    assert [point.session for point in found.series[0].points] == [name_of(0), name_of(2)]
    assert (len(found.sessions), found.left_out) == (3, [])


def test_a_statistic_that_no_session_kept_is_a_series_of_no_points(tmp_path: Path) -> None:
    write_series(tmp_path, [0.1, 0.2])
    assert [len(one.points) for one in read(tmp_path, "ttft.p95", "itl.p95").series] == [2, 0]


def test_a_case_that_is_not_in_every_session_has_its_own_points(tmp_path: Path) -> None:
    for nth in range(4):
        other = {OTHER: case_json({"ttft.p95": nth}, name=f"test_other at {nth}")} if nth % 2 else {}
        write_session(tmp_path, nth, {CASE: case_json({"ttft.p95": 9.0})} | other)
    chat, seldom = read(tmp_path).series
    assert (len(chat.points), seldom.values) == (4, [1.0, 3.0])
    assert (seldom.case, seldom.name) == (OTHER, "test_other at 3")


def test_cases_are_chosen_by_name_or_folder(tmp_path: Path) -> None:
    write_session(tmp_path, 0, {CASE: case_json({"ttft.p95": 0.1})})
    write_session(tmp_path, 1, {OTHER: case_json({"ttft.p95": 0.1}, name="second")})
    assert [one.case for one in read(tmp_path, case="test_chat[").series] == [CASE]
    found = read(tmp_path, case="test_other.py")
    assert ([one.case for one in found.series], found.sessions) == ([OTHER], [name_of(1)])
    with pytest.raises(UsageError, match=r"no case has 'third' in its name; there are:\n  test_chat.*\n  second$"):
        read(tmp_path, case="third")


def test_a_run_that_was_cut_off_or_not_judged_is_left_out(tmp_path: Path) -> None:
    sessions = write_series(tmp_path, [0.1, 0.2, 0.3])
    (sessions[0] / "cases" / CASE / "spool.1").write_bytes(b"")
    (sessions[1] / "cases" / CASE / "case.json").unlink()
    found = read(tmp_path)
    assert found.series[0].values == [0.3]
    assert [(one.where, one.kind) for one in found.left_out] == [
        (f"{name_of(nth)}/{CASE}", Unusable.INTERRUPTED) for nth in (0, 1)
    ]


def test_an_invalid_run_is_left_out_with_its_reasons(tmp_path: Path) -> None:
    write_session(tmp_path, 0, {CASE: case_json({"ttft.p95": 0.1}, invalid=["late", "later"])})
    (one,) = read(tmp_path).left_out
    assert (one.kind, one.reason) == (Unusable.INVALID, "late; later")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"figures": None}, "no figures that can be read: another version wrote it"),
        ({"figures": []}, "no figures that"),
        ({"name": 3}, "no name that"),
        ({"invalid": ""}, "no invalid that"),
        ({"workload": {}}, "no workload that"),
        ({"figures": {"ttft.p95": {"value": 100.0, "unit": "ms"}}}, "no ttft.p95 in s that"),
        ({"figures": {"ttft.p95": {"value": "0.1", "unit": "s"}}}, "no ttft.p95 in s that"),
        ({"figures": {"ttft.p95": {"value": True, "unit": "s"}}}, "no ttft.p95 in s that"),
        ({"figures": {"ttft.p95": 0.1}}, "no ttft.p95 in s that"),
    ],
)
def test_what_another_version_wrote_is_left_out(tmp_path: Path, changed: Json, reason: str) -> None:
    write_session(tmp_path, 0, {CASE: case_json({"ttft.p95": 0.1}), OTHER: case_json({"ttft.p95": 0.1}) | changed})
    found = read(tmp_path)
    assert [one.case for one in found.series] == [CASE]
    assert [(one.where, one.kind) for one in found.left_out] == [(f"{name_of(0)}/{OTHER}", Unusable.UNREADABLE)]
    assert reason in found.left_out[0].reason


@pytest.mark.parametrize("damaged", ["", "[]", "{", "\udcff", "{}", '{"versions": {}, "machine": {}, "options": 1}'])
def test_a_session_without_what_it_was_made_with_is_left_out_whole(tmp_path: Path, damaged: str) -> None:
    session, _ = write_series(tmp_path, [0.1, 0.2])
    (session / "session.json").write_text(damaged, "utf-8", "surrogateescape")
    found = read(tmp_path)
    assert (found.sessions, found.series[0].values) == ([name_of(1)], [0.2])
    (one,) = found.left_out
    assert (one.where, one.kind) == (name_of(0), Unusable.UNREADABLE)
    assert "session.json" in one.reason


def test_damaged_figures_are_left_out(tmp_path: Path) -> None:
    session, _ = write_series(tmp_path, [0.1, 0.2])
    (session / "cases" / CASE / "case.json").write_bytes(b'{"name": "')
    found = read(tmp_path)
    assert [one.kind for one in found.left_out] == [Unusable.UNREADABLE]
    assert found.series[0].values == [0.2]


def test_where_all_is_left_out_there_is_no_series(tmp_path: Path) -> None:
    write_session(tmp_path, 0, {CASE: case_json({}, invalid=["late"])}, session_json())
    found = read(tmp_path, case="any")
    assert (found.sessions, found.series, len(found.left_out)) == ([], [], 1)


def test_what_is_shown_of_comparisons_can_be_chosen() -> None:
    assert [*chosen(SHOWN, METRICS)] == [*SHOWN]


@pytest.mark.parametrize("name", ["tftt.p95", "ttft", "ttft.p42", "ttft.", "error_rate.p95", "error_rate.", ""])
def test_a_figure_that_sessions_do_not_keep_is_unknown(name: str) -> None:
    with pytest.raises(UnknownName, match=r"unknown (metric|figure) "):
        chosen([name], METRICS)


def test_what_was_sampled_has_series_too(tmp_path: Path) -> None:
    """As sessions keep it: the mean and the largest of samples, and what is one number."""
    for nth in range(3):
        power = {"mean": 200.0 + nth, "max": 300.0 + nth, "n": 9, "unit": "W"}
        energy = {"mean": 20.0 + nth, "max": None, "n": 5, "unit": "J"}
        told = {"figures": {"gpu.power": power, "energy_per_1k_tokens": energy}} if nth else {}
        write_session(tmp_path, nth, {CASE: case_json({"ttft.p95": 0.1}, telemetry=told)})
    found = read(tmp_path, "gpu.power.mean", "gpu.power.max", "energy_per_1k_tokens", "server.waiting.mean").series
    assert [one.values for one in found] == [[201.0, 202.0], [301.0, 302.0], [21.0, 22.0], []]
    assert [(one.unit, one.better) for one in found[1:3]] == [(Unit.WATT, ""), (Unit.JOULE, "lower")]
    with pytest.raises(UnknownName, match=r"unknown figure 'gpu.power.p95'.*gpu.power.max, gpu.power.mean"):
        chosen(["gpu.power.p95"], METRICS)
