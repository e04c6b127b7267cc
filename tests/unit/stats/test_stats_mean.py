import math

import numpy as np
import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.stats import mean, ratio
from pytest_fmbench.stats.batches import student_t
from pytest_fmbench.stats.moments import moments
from pytest_fmbench.stats.student import t_quantile


def test_a_staircase_is_one_stretch_and_bounds_nothing_from_above() -> None:
    estimate = mean(np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], 200))
    assert estimate == 3.0
    assert -math.inf < estimate.low < 3.0
    assert estimate.high == math.inf


def test_a_short_staircase_is_bounded_four_times_as_far_off() -> None:
    estimate = mean(np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], 40))
    assert -math.inf < estimate.low <= 3.0 - student_t(0.025) * math.sqrt(2.5 / 5)  # at least that of five batches
    assert estimate.high - 3.0 == pytest.approx(4.0 * (3.0 - estimate.low))


def test_a_long_tail_to_the_left_leaves_the_lower_end_open() -> None:
    stairs = np.repeat([-9.0, 1.0, 1.5, 1.0, 1.5], 200)
    assert (mean(stairs).low, mean(-stairs).high) == (-math.inf, math.inf)
    assert math.isfinite(mean(stairs).high)
    assert mean(stairs).high == -mean(-stairs).low


def test_symmetric_samples_without_order_have_the_lower_end_of_independent_ones() -> None:
    samples = np.tile([0.0, 2.0], 50)
    estimate = mean(samples)
    assert 1.0 - estimate.low == pytest.approx(t_quantile(0.025, 99.0) * samples.std(ddof=1) / 10)


@pytest.mark.parametrize(("n", "stretches"), [(100, 200.0), (1_000, 200.0), (10_000, 500.0)])
def test_the_end_that_a_calm_run_hides_counts_no_more_stretches_than_are_believed(n: int, stretches: float) -> None:
    samples = np.tile([0.0, 2.0], n // 2)
    estimate = mean(samples, confidence=0.99)
    error = samples.std(ddof=1) / math.sqrt(n)
    assert estimate.high - 1.0 == pytest.approx(t_quantile(0.005, stretches / 25.0) * error)
    assert 1.0 - estimate.low == pytest.approx(t_quantile(0.005, n - 1.0) * error)


def test_the_end_on_the_side_of_the_long_tail_lies_further_off() -> None:
    samples = np.random.default_rng(4).exponential(size=400)
    right, left = mean(samples), mean(-samples)
    assert right.high - right > 1.1 * (right - right.low)
    assert (left.low, float(left), left.high) == (-right.high, -float(right), -right.low)


def test_a_giant_outlier_stays_inside_the_interval_of_a_mean() -> None:
    samples = np.ones(1000)
    samples[500] = 1e300
    estimate = mean(samples)
    assert estimate.low < 1.0
    assert 1e297 < estimate.high < 1e299


def test_moments_are_those_of_numpy_in_blocks_and_at_any_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_fmbench.stats.moments.BLOCK", 64)
    samples = np.random.default_rng(5).exponential(size=1000) * 1e200
    found = moments(samples)
    scaled = samples / found.scale
    assert 1.0 <= np.abs(scaled).max() < 2.0
    assert found.mean == pytest.approx(scaled.mean(), rel=1e-12)
    assert found.deviation == pytest.approx(scaled.std(ddof=1), rel=1e-12)
    assert found.skewness == pytest.approx(((scaled - scaled.mean()) ** 3).mean() / scaled.std() ** 3, rel=1e-9)


def test_ten_samples_are_the_least_that_bound_a_mean() -> None:
    assert (mean(np.arange(9.0)).low, mean(np.arange(9.0)).high) == (-math.inf, math.inf)
    assert math.isfinite(mean(np.arange(10.0)).high)


def test_equal_samples_have_no_width() -> None:
    estimate = mean([0.1] * 49)
    assert (estimate.low, float(estimate), estimate.high) == (0.1, 0.1, 0.1)


def test_ratio_is_of_sums() -> None:
    assert ratio([10.0, 90.0], [1.0, 3.0]) == 25.0


def test_ratio_over_equal_slices_is_a_mean_over_time() -> None:
    tokens = np.array([40.0, 44.0, 38.0, 42.0, 36.0])
    estimate = ratio(tokens, np.full(5, 0.5))
    assert estimate == pytest.approx(80.0)
    half_width = student_t(0.025) * tokens.std(ddof=1) * 2 / math.sqrt(5)
    assert (estimate.low, estimate.high) == pytest.approx((80.0 - half_width, 80.0 + half_width))


def test_ratio_of_proportional_slices_is_exact() -> None:
    seconds = np.array([1.0, 2.0, 4.0, 1.0, 2.0, 4.0])
    estimate = ratio(7.0 * seconds, seconds)
    assert (estimate.low, float(estimate), estimate.high) == (7.0, 7.0, 7.0)


def test_ratio_residuals_are_what_varies() -> None:
    # amounts follow the slices' length but for +-1: that error, not the lengths' spread, is the interval
    seconds = np.array([1.0, 9.0, 2.0, 8.0, 5.0] * 4)
    estimate = ratio(10.0 * seconds + np.tile([1.0, -1.0], 10), seconds)
    assert estimate == pytest.approx(10.0)
    assert estimate.high - 10.0 < student_t(0.025) * math.sqrt(20.0) / 100.0


def test_ratio_is_not_widened_where_slices_lend_to_their_neighbours() -> None:
    waves = ratio(np.tile([0.0, 8.0], 10), np.ones(20))  # batches of four slices hold two waves each
    assert (waves.low, float(waves), waves.high) == (4.0, 4.0, 4.0)


def test_five_slices_are_the_least_that_bound_a_ratio() -> None:
    assert (ratio(np.ones(4), np.ones(4)).low, ratio(np.ones(4), np.ones(4)).high) == (-math.inf, math.inf)
    assert ratio(np.ones(5), np.ones(5)).high == 1.0


def test_ratio_to_nothing_is_unknown() -> None:
    nothing = ratio([1.0, 2.0], [0.0, 0.0])
    assert math.isnan(nothing)
    assert (nothing.low, nothing.high, nothing.n) == (-math.inf, math.inf, 2)


def test_ratio_refuses_what_is_no_pairs_and_what_counts_backwards() -> None:
    with pytest.raises(UsageError, match="3 numerators and 2"):
        ratio([1.0, 2.0, 3.0], [1.0, 1.0])
    with pytest.raises(UsageError, match="denominator 1 is -2"):
        ratio([1.0, 2.0, 3.0], [1.0, -2.0, -3.0])
    with pytest.raises(UsageError, match="sample 0 of 1"):
        ratio([1.0], [math.inf])
