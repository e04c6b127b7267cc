"""The real library on series whose change is known; where it is called, its defaults and what it gives are checked."""

from __future__ import annotations

import inspect
import math
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import astuple, replace
from typing import Any

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.comparison import Change
from pytest_fmbench.model.history import ChangePoint, Difference, Point, Series
from pytest_fmbench.model.units import Unit
from pytest_fmbench.runs.histories.changes import NEAR, Sensitivity, change_points, see_that_it_is_installed

analysis = pytest.importorskip("otava.analysis", reason="needs pytest-fmbench[history]")

SEEDS = 200


def same(_: int) -> dict[str, str]:
    return {}


def series(values: Sequence[float], better: str = "lower", made_with: Callable[[int], dict[str, str]] = same) -> Series:
    points = tuple(Point(f"s{nth:03}", value, made_with(nth)) for nth, value in enumerate(values))
    return Series("case", "name", "ttft.p95", Unit.SECOND, better, points)


def noise(number: int, seed: int, spread: float = 0.03) -> list[float]:
    source = random.Random(seed)  # noqa: S311  # no secret
    return [math.exp(source.gauss(0.0, spread)) for _ in range(number)]


def stepped(number: int, at: int, by: float, seed: int = 1) -> list[float]:
    return [value * (by if nth >= at else 1.0) for nth, value in enumerate(noise(number, seed))]


def found(values: Sequence[float], **sensitivity: Any) -> list[ChangePoint]:
    return change_points(series(values), replace(Sensitivity(), **sensitivity))


def test_its_defaults_are_otavas() -> None:
    parameters = inspect.signature(analysis.compute_change_points).parameters
    defaults = [parameters[name].default for name in ("window_len", "max_pvalue", "min_magnitude")]
    assert astuple(Sensitivity()) == tuple(defaults)


def test_a_step_is_told_with_its_place_and_its_size() -> None:
    (point,) = found(stepped(40, 30, 1.2))
    assert (point.last, point.first) == ("s029", "s030")
    assert point.before == pytest.approx(1.0, abs=0.02)
    assert point.relative == pytest.approx(0.2, abs=0.04)
    assert point.change is Change.REGRESSION
    assert point.pvalue < 1e-9


def test_a_step_is_found_where_it_is() -> None:
    places = [[one.first for one in found(stepped(40, 30, 1.2, seed))] for seed in range(SEEDS)]
    assert sum("s030" in one for one in places) / SEEDS >= 0.95


def test_levels_are_means_up_to_the_next_change() -> None:
    first, second = found([1.0, 1.1] * 10 + [2.0, 2.2] * 10 + [1.0, 1.1] * 10)
    assert (first.first, second.first) == ("s020", "s040")
    assert [first.before, first.after] == pytest.approx([1.05, 2.1])
    assert [second.before, second.after] == pytest.approx([2.1, 1.05])


def test_noise_alone_is_seldom_a_change() -> None:
    alarms = sum(bool(found(noise(40, seed))) for seed in range(SEEDS))
    assert alarms / SEEDS <= 0.06  # 3 % over many more seeds: docs/history.md


@pytest.mark.parametrize(
    ("better", "by", "change"),
    [
        ("lower", 1.2, Change.REGRESSION),
        ("lower", 0.8, Change.IMPROVEMENT),
        ("higher", 1.2, Change.IMPROVEMENT),
        ("higher", 0.8, Change.REGRESSION),
        ("", 1.2, Change.DIFFERENT),
        ("", 0.8, Change.DIFFERENT),
    ],
)
def test_which_way_is_worse_is_the_metrics_to_say(better: str, by: float, change: Change) -> None:
    (point,) = change_points(series(stepped(40, 20, by), better), Sensitivity())
    assert point.change is change


@pytest.mark.parametrize("number", [0, 1, 2, 40, 200])
@pytest.mark.parametrize("value", [0.0, 0.1, 123.456])
def test_what_is_constant_does_not_change(number: int, value: float) -> None:
    assert found([value] * number) == []


def test_a_step_without_noise_is_found() -> None:
    (point,) = found([1.0] * 20 + [1.2] * 20)
    assert (point.first, point.pvalue) == ("s020", 0.0)


def test_from_zero_there_is_no_relative_change() -> None:
    (point,) = found([0.0] * 30 + [0.05] * 10)
    assert (point.before, point.relative) == (0.0, math.inf)


def test_one_failure_among_none_is_two_change_points_for_a_while() -> None:
    failed = [*[0.0] * 39, 0.01]
    assert [one.first for one in found(failed)] == ["s039"]
    assert [one.first for one in found(failed + [0.0] * 5)] == ["s039", "s040"]
    assert found(failed + [0.0] * 20) == []


def test_a_long_series_is_looked_at_in_windows() -> None:
    assert [one.first for one in found(stepped(200, 130, 1.2))] == ["s130"]


def test_otava_takes_the_whole_of_an_array_for_a_window() -> None:
    """Why a list is handed over."""
    numpy = pytest.importorskip("numpy")
    with pytest.raises((ValueError, AssertionError)):
        analysis.compute_change_points(numpy.array(stepped(40, 30, 1.2)))


def test_magnitude_and_pvalue_say_what_is_a_change() -> None:
    values = stepped(40, 20, 1.1)
    assert len(found(values)) == 1
    assert found(values, min_magnitude=0.2) == []
    assert found(values, max_pvalue=1e-30) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"window": 1},
        {"max_pvalue": 0.0},
        {"max_pvalue": 1.0},
        {"max_pvalue": math.nan},
        {"min_magnitude": -0.1},
        {"min_magnitude": math.nan},
        {"min_magnitude": math.inf},
    ],
)
def test_a_sensitivity_that_means_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="give"):
        replace(Sensitivity(), **wrong)


@pytest.mark.parametrize(("at", "offset"), [(20, 0), (18, -2), (21, 1), (22, 2)])
def test_what_else_changed_there_or_nearby_is_told(at: int, offset: int) -> None:
    python = {"python": "3.11.4"}, {"python": "3.12.1"}
    (point,) = change_points(series(stepped(40, 20, 1.2), made_with=lambda nth: python[nth >= at]), Sensitivity())
    assert point.differences == (Difference("python", "3.11.4", "3.12.1", offset),)


@pytest.mark.parametrize("at", [20 - NEAR - 1, 20 + NEAR + 1])
def test_what_changed_elsewhere_is_not_told(at: int) -> None:
    made = series(stepped(40, 20, 1.2), made_with=lambda nth: {"python": str(nth >= at)})
    assert change_points(made, Sensitivity())[0].differences == ()


def test_what_is_nearest_comes_first_and_a_condition_may_come_or_go() -> None:
    def made_with(nth: int) -> dict[str, str]:
        return ({"gone": "1"} if nth < 20 else {"new": "2"}) | {"cores": "2" if nth < 19 else "4"}

    (point,) = change_points(series(stepped(40, 20, 1.2), made_with=made_with), Sensitivity())
    told = (Difference("gone", "1", ""), Difference("new", "", "2"), Difference("cores", "2", "4", -1))
    assert point.differences == told


def test_at_the_ends_there_are_fewer_neighbours() -> None:
    (point,) = change_points(series([*noise(39, 1), 3.0], made_with=lambda nth: {"nth": str(nth)}), Sensitivity())
    assert [one.offset for one in point.differences] == [0, -1, -2]


def test_without_otava_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "otava.analysis", None)
    with pytest.raises(UsageError, match=r"pip install 'pytest-fmbench\[history\]'"):
        see_that_it_is_installed()
