import math
from bisect import bisect_right
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats import maximum, minimum_samples, quantile
from pytest_fmbench.stats.beta import beta_cdf
from pytest_fmbench.stats.order import Order
from pytest_fmbench.stats.ranks import binomial_rank


def shuffled(n: int) -> Floats:
    """1 to n, so that a value is its own rank, without order in time."""
    return np.random.default_rng(n).permutation(np.arange(1.0, n + 1.0))


@pytest.mark.parametrize("q", [0.01, 0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize("n", [1, 2, 5, 100, 101])
def test_point_estimate_is_hyndman_fan_type_7(q: float, n: int) -> None:
    samples = np.random.default_rng(7).exponential(size=n)
    assert quantile(samples, q) == pytest.approx(float(np.quantile(samples, q, method="linear")), rel=1e-12)


@pytest.mark.parametrize(
    ("confidence", "q", "least"),
    [
        (0.95, 0.5, 10), (0.95, 0.9, 36), (0.95, 0.95, 72), (0.95, 0.99, 368),
        (0.90, 0.5, 10), (0.90, 0.9, 29), (0.90, 0.95, 59), (0.90, 0.99, 299),
    ],
)  # fmt: skip
def test_minimum_samples_of_common_percentiles(confidence: float, q: float, least: int) -> None:
    assert minimum_samples(q, confidence) == least


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize("q", [0.8, 0.9, 0.95, 0.99])
def test_the_upper_end_is_infinite_below_the_minimum_and_can_be_finite_at_it(q: float, confidence: float) -> None:
    least = minimum_samples(q, confidence)
    for samples in (shuffled(least - 1), np.ones(least - 1)):
        assert quantile(samples, q, confidence=confidence).high == math.inf
    assert quantile(np.ones(least), q, confidence=confidence).high == 1.0


def test_the_minimum_serves_the_lower_end_by_mirror() -> None:
    assert quantile(np.ones(35), 0.1).low == -math.inf
    assert quantile(np.ones(minimum_samples(0.9)), 0.1).low == 1.0


@pytest.mark.parametrize("n", [10, 37, 100, 400])
@pytest.mark.parametrize("q", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("risk", [0.005, 0.025, 0.2])
def test_binomial_rank_is_the_largest_that_keeps_the_risk(n: int, q: float, risk: float) -> None:
    def fewer_than(rank: int) -> float:
        return sum(comb(n, k) * q**k * (1 - q) ** (n - k) for k in range(rank))

    rank = binomial_rank(n, q, risk)
    assert fewer_than(rank) <= risk < fewer_than(rank + 1)


def test_a_risk_that_is_spent_exactly_is_kept() -> None:
    assert binomial_rank(12, 0.5, 0.5**12) == 1
    assert minimum_samples(0.5, 1.0 - 2 * 0.5**12) == 12


def test_without_evident_correlation_the_interval_is_the_exact_binomial_one() -> None:
    # textbook ranks of the median of 100 at 95 %: 40 and 61
    median = quantile(shuffled(100), 0.5)
    assert (median.low, float(median), median.high) == (40.0, 50.5, 61.0)


def test_however_little_confidence_the_neighbours_of_the_value_stay_inside() -> None:
    median = quantile(shuffled(100), 0.5, confidence=0.01)
    assert (median.low, float(median), median.high) == (50.0, 50.5, 51.0)
    assert quantile(shuffled(10), 0.95, confidence=0.01).low == 9.0
    assert quantile(shuffled(10), 0.05, confidence=0.01).high == 2.0


def test_a_trend_is_one_stretch_and_bounds_nothing_from_above() -> None:
    median = quantile(np.arange(1.0, 1001.0), 0.5, confidence=0.5)
    assert median.low < 340.0
    assert median.high == math.inf


def test_a_short_trend_is_bounded_far_above_all_that_was_seen() -> None:
    median = quantile(np.arange(1.0, 101.0), 0.5, confidence=0.5)
    assert 100.0 < median.high <= 50.5 + 4.0 * (100.0 - 50.5)
    assert quantile(np.arange(1.0, 101.0), 0.99).high == math.inf, "of p99 even independent ones say nothing"


def test_runs_of_equal_values_widen_the_interval() -> None:
    alone = quantile(shuffled(1000), 0.5)
    together = quantile(np.repeat(shuffled(1000), 5), 0.5)
    assert together.high - together.low >= alone.high - alone.low


def test_a_run_that_drifts_bounds_no_p95() -> None:
    alike, drifting = quantile(shuffled(1000), 0.95), quantile(np.arange(1000.0), 0.95)
    assert alike.high < 970
    assert drifting.high == math.inf


def test_fewer_than_two_samples_a_batch_bound_nothing() -> None:
    assert (quantile(np.ones(9), 0.5).low, quantile(np.ones(9), 0.5).high) == (-math.inf, math.inf)
    assert (quantile(np.ones(10), 0.5).low, quantile(np.ones(10), 0.5).high) == (1.0, 1.0)


def test_a_million_samples_use_no_approximation_of_small_ones() -> None:
    n, q = 1_000_000, 0.99
    estimate = quantile(shuffled(n), q)
    spread = 1.959964 * math.sqrt(n * q * (1 - q))
    assert estimate.low == pytest.approx(n * q - spread, abs=2)
    assert estimate.high == pytest.approx(n * q + spread, abs=2)


def test_maximum_is_bounded_from_below_only() -> None:
    largest = maximum([3.0, -7.0, 5.0, 1.0])
    assert (largest.low, float(largest), largest.high, largest.n) == (5.0, 5.0, math.inf, 4)


def test_a_binomial_rank_of_many_samples_is_that_of_a_plain_search() -> None:
    for n, q, risk in ((1_000, 0.99, 1e-6), (1_000, 0.01, 0.4), (1_000, 0.5, 0.025), (300, 0.999, 0.025)):
        tails = [beta_cdf(1 - q, n - rank + 1, rank) for rank in range(1, n + 1)]
        assert binomial_rank(n, q, risk) == bisect_right(tails, risk * (1 + 1e-9))


@given(st.lists(st.integers(0, 9), min_size=65, max_size=400), st.data())
def test_order_on_demand_is_that_of_sorting(values: list[int], data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pytest_fmbench.stats.order.BLOCK", 64)
        order = Order(np.array(values, dtype=np.float64))
        for rank in data.draw(st.lists(st.integers(0, len(values) - 1), max_size=20)):
            assert order.at(rank) == sorted(values)[rank]


def test_order_leaves_the_samples_in_order_of_time() -> None:
    samples = np.array([3.0, 1.0, 2.0])
    assert [Order(samples).at(rank) for rank in range(3)] == [1.0, 2.0, 3.0]
    assert samples.tolist() == [3.0, 1.0, 2.0]


def test_gaps_of_a_request_that_are_alike_count_as_one() -> None:
    requests = shuffled(2_000)
    single, pooled = quantile(requests, 0.9), quantile(np.repeat(requests, 64), 0.9)  # folded by two
    assert pooled.high - pooled.low == pytest.approx(single.high - single.low, rel=0.35)
