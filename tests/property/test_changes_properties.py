"""What holds of the change points of any series, whatever the library finds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_fmbench.model.comparison import Change
from pytest_fmbench.model.history import Point, Series
from pytest_fmbench.model.units import Unit
from pytest_fmbench.runs.histories.changes import Sensitivity, change_points

pytest.importorskip("otava.analysis", reason="needs pytest-fmbench[history]")

VALUE = st.sampled_from([0.0, 1.0, 1.01, 2.0, 50.0]) | st.floats(1e-6, 1e6)
LEVELS = st.lists(st.tuples(VALUE, st.integers(1, 40)), min_size=1, max_size=5)
OTHER_WAY = {Change.REGRESSION: Change.IMPROVEMENT, Change.IMPROVEMENT: Change.REGRESSION}


def series(levels: list[tuple[float, int]], scale: float = 1.0, better: str = "lower") -> Series:
    values = [value * scale for value, length in levels for value in [value] * length]
    points = tuple(Point(f"{nth:03}", value, {}) for nth, value in enumerate(values))
    return Series("case", "name", "e2e.p50", Unit.SECOND, better, points)


@given(LEVELS)
@example(
    [(0.0, 10), (1.0, 40), (0.0, 1), (1.0, 4)]
)  # Otava drops a change point, and leaves the means before it as they were
def test_places_are_in_order_and_levels_are_means(levels: list[tuple[float, int]]) -> None:
    made = series(levels)
    found = change_points(made, Sensitivity())
    places = [int(one.first) for one in found]
    assert places == sorted({*places} - {0})
    assert [int(one.last) + 1 for one in found] == places
    bounds = [0, *places, len(made.points)]
    means = [sum(made.values[begin:end]) / (end - begin) for begin, end in pairwise(bounds)]
    for nth, one in enumerate(found):
        assert [one.before, one.after] == pytest.approx(means[nth : nth + 2])
        assert 0 <= one.pvalue < Sensitivity().max_pvalue


@given(LEVELS, st.sampled_from([0.25, 1024.0]))
def test_the_unit_does_not_matter(levels: list[tuple[float, int]], scale: float) -> None:
    one, other = (change_points(series(levels, factor), Sensitivity()) for factor in (1.0, scale))
    assert [point.first for point in one] == [point.first for point in other]
    assert [point.relative for point in one] == pytest.approx([point.relative for point in other])


@given(LEVELS)
def test_what_is_worse_for_one_metric_is_better_for_another(levels: list[tuple[float, int]]) -> None:
    lower, higher = (change_points(series(levels, better=way), Sensitivity()) for way in ("lower", "higher"))
    assert [OTHER_WAY.get(one.change, one.change) for one in lower] == [one.change for one in higher]
