"""How far a session says that it is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from pytest_fmbench.remaining import Remaining, _spell
from pytest_fmbench.stash import OBJECTIVES

CASES = ["a.py::test_chat[1]", "a.py::test_chat[4]", "a.py::test_chat[16]", "b.py::test_other"]


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> int:
        return int(self.now_s * 1e9)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("pytest_fmbench.remaining.monotonic_ns", made)
    return made


def session(*cases: str, others: int = 2) -> Remaining:
    """Windows of 30 s; other tests are no cases."""
    made = Remaining(30.0)
    items = [SimpleNamespace(nodeid=one, stash={OBJECTIVES: []}) for one in cases]
    items += [SimpleNamespace(nodeid=f"t.py::test_{nth}", stash={}) for nth in range(others)]
    made.pytest_collection_finish(cast("pytest.Session", SimpleNamespace(items=items)))
    return made


def run(remaining: Remaining, clock: Clock, case: str, took_s: float, **report: Any) -> None:
    remaining.pytest_runtest_logstart(case)
    clock.now_s += took_s
    remaining.pytest_runtest_logreport(cast("pytest.TestReport", SimpleNamespace(**report)))
    remaining.pytest_runtest_logfinish(case)


def test_a_case_to_come_takes_a_window_and_a_warm_up_until_one_of_its_function_was_timed(clock: Clock) -> None:
    remaining = session(*CASES)
    remaining.pytest_runtest_logstart(CASES[0])
    assert remaining.told(None) == f"case 1/4: ~{_spell(4 * 35)} left"
    run(remaining, clock, CASES[0], 95.0, fmbench=[{}])
    remaining.pytest_runtest_logstart(CASES[1])
    assert remaining.told(None) == f"case 2/4: ~{_spell(95 + 95 + 35)} left"
    clock.now_s += 60.0
    assert remaining.told(10.0) == f"case 2/4: ~{_spell(35 + 95 + 35)} left"
    assert remaining.told(50.0) == f"case 2/4: ~{_spell(50 + 95 + 35)} left", "its stage knows better"


def test_when_one_ends_that_takes_longer_than_expected_is_not_known(clock: Clock) -> None:
    remaining = session(*CASES[:2])
    remaining.pytest_runtest_logstart(CASES[0])
    clock.now_s += 500.0
    assert remaining.told(None) == "case 1/2: at least 35 s left"
    remaining.pytest_runtest_logstart(CASES[1])
    clock.now_s += 500.0
    assert remaining.told(7.0) == "case 2/2: at least 7 s left"
    assert remaining.told(None) == "case 2/2"


@pytest.mark.parametrize("report", [{}, {"fmbench": []}, {"fmbench": [{}], "fmbench_resumed": True}])
def test_what_measured_nothing_now_says_nothing_of_those_to_come(clock: Clock, report: dict[str, Any]) -> None:
    remaining = session(*CASES)
    run(remaining, clock, CASES[0], 0.1, **report)
    remaining.pytest_runtest_logstart(CASES[1])
    assert remaining.told(None) == f"case 2/4: ~{_spell(3 * 35)} left"


def test_a_session_of_one_case_or_of_none_that_is_known_has_nothing_to_tell() -> None:
    for remaining in (session(CASES[0]), session()):
        remaining.pytest_runtest_logstart(CASES[0])
        assert remaining.told(5.0) == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0 s"), (39.2, "40 s"), (61.0, "2 min"), (5_940.0, "99 min"), (7_750.0, "2 h 10 min")]
)
def test_times_are_rounded_up(seconds: float, text: str) -> None:
    assert _spell(seconds) == text
