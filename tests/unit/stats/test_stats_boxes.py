from __future__ import annotations

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.stats import prepare
from pytest_fmbench.stats.boxes import Box, box

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


def box_of(*values: float) -> Box:
    found = box(prepare(np.array(values)))
    assert found is not None
    return found


def test_it_is_what_a_box_plot_draws() -> None:
    # quartiles of 1..9 and 100, by type 7; the whiskers reach to 7.75 + 1.5 * 4.5 = 14.5
    assert box_of(1, 2, 3, 4, 5, 6, 7, 8, 9, 100) == Box(
        n=10,
        least=1,
        low=3.25,
        median=5.5,
        high=7.75,
        largest=100,
        mean=14.5,
        deviation=pytest.approx(30.1524, abs=1e-4),  # type: ignore[arg-type]  # compares as a number does
        whisker_low=1,
        whisker_high=9,
        far=1,
        outside=1,
    )


def test_of_one_sample_everything_is_that() -> None:
    found = box_of(2.5)
    assert {found.least, found.low, found.median, found.high, found.largest, found.whisker_low} == {2.5}
    assert (found.deviation, found.far, found.outside) == (0, 0, 0)


def test_of_none_there_is_none() -> None:
    assert box(prepare(np.array([]))) is None


@given(VALUES)
def test_it_agrees_with_the_standard_library(values: list[float]) -> None:
    found = box_of(*values)
    assert found.mean == pytest.approx(statistics.fmean(values), abs=1e-6)
    assert found.median == pytest.approx(statistics.median(values), abs=1e-6)
    if len(values) > 1:
        assert found.deviation == pytest.approx(statistics.stdev(values), abs=1e-6)
        low, _, high = statistics.quantiles(values, method="inclusive")
        assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)
    assert found.least <= found.whisker_low <= found.whisker_high <= found.largest
    assert 0 <= found.outside < len(values)
