from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.model.measurement import Window
from pytest_fmbench.runs.plans.past import INVALID, NEVER, Found, Past, Subject, of_any_case, of_case
from tests.support.pasts import keep, past
from tests.support.records import measured, record

SUBJECT = Subject("m+s+local", "Chat()", "closed:2")
TOLD = {"deployment": "m+s+local", "workload": "Chat()", "load": "closed:2", "case": "test_it"}


def found(output: Path) -> Found:
    return of_case(output, "test_it", "test_it", SUBJECT)


def held(what: Found) -> tuple[str, int]:
    assert what.past is not None
    assert what.why == ""
    return what.past.session, what.past.requests


def test_the_newest_session_counts(tmp_path: Path) -> None:
    for session, requests in (("2026-02", 3), ("2026-10", 5), ("2026-01", 4)):
        keep(tmp_path, past([1.0] * requests, session=session), "test_it", **TOLD)
    (tmp_path / "2026-11").mkdir()  # a plan's
    assert held(found(tmp_path)) == held(of_any_case(tmp_path, SUBJECT)) == ("2026-10", 5)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"deployment": "other"}, NEVER),
        ({"workload": "Chat(2)"}, NEVER),
        ({"load": "closed:3"}, NEVER),
        ({"case": "test_it_too"}, NEVER),
        ({"invalid": ["too slow"]}, INVALID),
    ],
)
def test_a_run_of_something_else_is_none(tmp_path: Path, changed: dict[str, Any], why: str) -> None:
    keep(tmp_path, past([1.0], session="2026-02"), "test_it", **TOLD | changed)
    assert found(tmp_path) == Found(why=why)
    keep(tmp_path, past([1.0] * 2, session="2026-01"), "test_it", **TOLD)
    assert held(found(tmp_path)) == ("2026-01", 2)


def test_where_there_are_no_sessions_nothing_was_measured(tmp_path: Path) -> None:
    assert found(tmp_path / "nowhere") == of_any_case(tmp_path, SUBJECT) == Found(why=NEVER)


def test_a_case_that_was_cut_off_has_no_record(tmp_path: Path) -> None:
    (tmp_path / "2026-01" / "cases" / "test_it").mkdir(parents=True)
    (tmp_path / "2026-01" / "cases" / "test_it" / "spool").touch()
    assert found(tmp_path) == Found(why=NEVER)


def test_all_measurements_of_the_case_are_looked_through(tmp_path: Path) -> None:
    keep(tmp_path, past([1.0] * 2), "test_it", **TOLD | {"load": "closed:1"})
    keep(tmp_path, past([1.0] * 3), "test_it.2", **TOLD)
    keep(tmp_path, past([1.0] * 9), "test_it.more", **TOLD)
    what = found(tmp_path)
    assert held(what) == ("2026-01-01", 3)
    assert what.past is not None
    assert what.past.runs == 2


def test_of_any_case_the_longest_of_the_session_counts(tmp_path: Path) -> None:
    for name, requests in (("test_a", 3), ("test_b", 5), ("test_c", 4)):
        keep(tmp_path, past([1.0] * requests), name, **TOLD | {"case": name})
    assert held(of_any_case(tmp_path, SUBJECT)) == ("2026-01-01", 5)
    assert found(tmp_path) == Found(why=NEVER)


@pytest.mark.parametrize("broken", ["case.json", "requests.parquet"])
def test_what_cannot_be_read_is_said(tmp_path: Path, broken: str) -> None:
    keep(tmp_path, past([1.0]), "test_it", **TOLD)
    (tmp_path / "2026-01-01" / "cases" / "test_it" / broken).write_text("{")
    assert f"test_it/{broken}" in found(tmp_path).why
    assert found(tmp_path).past is None


def test_a_run_tells_its_rate_and_its_first_requests() -> None:
    run = past([1.0] * 100, gap_ms=20.0)
    assert (run.requests, run.rate) == (100, 50.0)
    assert run.first(10) == Window(0, 9 * 20_000_000 + 1)
    assert run.first(1_000) == run.measurement.window


def test_a_run_tells_how_long_replies_were_waited_for() -> None:
    run = past([500.0, 20.0, 30.0, 4_000.0])
    assert run.first_replies_s(1) == pytest.approx(0.031)  # the second one begins after 10 ms
    assert run.first_replies_s(3) == pytest.approx(0.501)
    assert run.first_replies_s(9) == run.first_replies_s(4) == pytest.approx(4.031)
    assert run.drain_s == pytest.approx(4.031 - 0.04)


def test_a_run_without_replies_waited_for_none() -> None:
    lost = Past("s", measured(record(status="failed", done_ns=None)))
    assert (lost.first_replies_s(2), lost.drain_s) == (0.0, 0.0)
