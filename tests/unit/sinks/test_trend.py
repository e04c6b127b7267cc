from __future__ import annotations

import pytest

from pytest_fmbench.model.comparison import Change
from pytest_fmbench.model.history import ChangePoint, Difference, LeftOut, Point, Series, Unusable
from pytest_fmbench.model.units import Unit
from pytest_fmbench.sinks.trend import BARS, PLAIN_BARS, counted, described, left_out, render, sparkline

POINTS = tuple(Point(f"s{nth}", value, {}) for nth, value in enumerate((0.1, 0.1, 0.2)))
SERIES = Series("folder", "test_chat", "ttft.p95", Unit.SECOND, "lower", POINTS)
RATE = Series("folder", "test_chat", "request_rate", Unit.REQUEST_RATE, "higher", ())


def change(change: Change = Change.REGRESSION, before: float = 0.1, *differences: Difference) -> ChangePoint:
    return ChangePoint("s1", "s2", before, 0.2, 1.234e-9, change, differences)


def test_a_case_is_a_line_a_statistic_with_its_changes_below() -> None:
    more = Difference("python", "3.11.4", "3.12.1"), Difference("cores", "", "4", -1), Difference("gone", "x", "", 2)
    assert [*render([(SERIES, [change(Change.REGRESSION, 0.1, *more)]), (RATE, [])])] == [
        "test_chat",
        "  ttft.p95      3 sessions  200 ms  ▁▁█",
        "    worse: 100 ms -> 200 ms, +100.0%, p=1.2e-09, between s1 and s2",
        "      python 3.11.4 -> 3.12.1",
        "      cores - -> 4 (1 session before)",
        "      gone x -> - (2 sessions after)",
        "  request_rate  0 sessions  n/a          no change",
        "",
    ]


def test_cases_of_one_name_are_told_apart_by_their_folders() -> None:
    other = Series("folder.2", "test_chat", "ttft.p95", Unit.SECOND, "lower", POINTS)
    headings = [line for line in render([(SERIES, []), (RATE, []), (other, [])]) if line and line[0] != " "]
    assert headings == ["test_chat (folder)", "test_chat (folder.2)"]


@pytest.mark.parametrize(
    ("point", "told"),
    [
        (change(Change.IMPROVEMENT, 0.4), "better: 400 ms -> 200 ms, -50.0%, p=1.2e-09"),
        (change(Change.DIFFERENT, 0.1), "changed: 100 ms -> 200 ms, +100.0%, p=1.2e-09"),
        (change(Change.REGRESSION, 0.0), "worse: 0 s -> 200 ms, p=1.2e-09"),
    ],
)
def test_a_change_is_told_in_a_line(point: ChangePoint, told: str) -> None:
    assert described(SERIES, point) == told


def test_changes_are_counted_by_their_way() -> None:
    points = [change(), change(), change(Change.IMPROVEMENT)]
    assert counted([(SERIES, points), (RATE, [])]) == "3 change points in 2 series: 2 worse, 1 better"
    assert counted([(SERIES, [change(Change.DIFFERENT)])]) == "1 change point in 1 series: 1 changed"
    assert counted([(SERIES, [])]) == "0 change points in 1 series"


def test_what_is_left_out_is_counted_and_named() -> None:
    kinds = (Unusable.INVALID, Unusable.UNREADABLE, Unusable.INVALID)
    assert [*left_out([LeftOut(f"s{nth}", kind, "why") for nth, kind in enumerate(kinds)])] == [
        "left out: 2 invalid, 1 unreadable",
        "  s0: invalid: why",
        "  s1: unreadable: why",
        "  s2: invalid: why",
    ]
    assert [*left_out([])] == []


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], ""),
        ([5.0], "▁"),
        ([1.0, 1.0], "▁▁"),
        ([float(nth) for nth in range(8)], BARS),
        ([0.0, 1e-300], "▁█"),
        ([1.0, *[2.0] * 60], "▁" * 60),
    ],
)
def test_a_sparkline_goes_from_the_least_to_the_largest_of_the_last(values: list[float], drawn: str) -> None:
    assert sparkline(values) == drawn


def test_a_sparkline_can_be_plain() -> None:
    assert sparkline([1.0, 2.0], PLAIN_BARS) == "_#"
    assert PLAIN_BARS.isascii()
