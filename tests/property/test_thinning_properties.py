"""Thinning a curve never takes away what stands out."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_fmbench.sinks.html.thinning import extremes, ranks

VALUES = st.floats(-1e12, 1e12, allow_nan=False)
POINTS = st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=400)


@given(POINTS, st.integers(1, 40))
@example([(0.0, 1.0)] * 200, 3)
@example([(0.0, 0.0), *((1e-300 * at, float(at)) for at in range(100))], 7)
def test_extremes_and_ends_survive(points: list[tuple[float, float]], stretches: int) -> None:
    x, y = (np.array(part) for part in zip(*sorted(points, key=lambda one: one[0]), strict=True))
    kept = extremes(x, y, stretches)
    assert kept.size <= max(2 * stretches + 2, 1)
    assert np.array_equal(kept, np.unique(kept))
    assert (kept[0], kept[-1]) == (0, x.size - 1)
    assert (y[kept].min(), y[kept].max()) == (y.min(), y.max())


@given(POINTS, st.integers(1, 40))
def test_between_two_points_that_are_kept_nothing_stands_out(points: list[tuple[float, float]], stretches: int) -> None:
    """What is left out lies within the least and the greatest that are kept of its own stretch of time."""
    x, y = (np.array(part) for part in zip(*sorted(points, key=lambda one: one[0]), strict=True))
    kept = extremes(x, y, stretches)
    edges = np.linspace(x[0], x[-1], stretches + 1)[1:-1]
    stretch = np.searchsorted(np.searchsorted(x, edges), np.arange(x.size), side="right")
    for nth in np.unique(stretch):
        mine = y[kept[stretch[kept] == nth]]
        assert mine.min() == y[stretch == nth].min()
        assert mine.max() == y[stretch == nth].max()


@given(st.integers(1, 10**7), st.integers(8, 400))
def test_ranks_hold_both_ends_and_are_few(n: int, most: int) -> None:
    kept = ranks(n, most)
    assert (kept[0], kept[-1]) == (0, n - 1)
    assert kept.size <= most
    assert np.array_equal(kept, np.unique(kept))
