from math import comb

import numpy as np
import pytest

from pytest_fmbench.model.samples import Flags
from pytest_fmbench.stats import proportion


def spread(true: int, n: int) -> Flags:
    """``true`` of ``n`` flags, as evenly over the run as can be."""
    return np.diff(np.arange(n + 1) * true // n).astype(np.bool_)


def burst(true: int, n: int) -> Flags:
    return np.arange(n) < true


def at_least(k: int, n: int, p: float) -> float:
    return sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


@pytest.mark.parametrize("n", [1, 5, 60, 3000])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_none_or_all_have_exact_ends(n: int, confidence: float) -> None:
    bound = ((1 - confidence) / 2) ** (1 / n)
    none, every = proportion(burst(0, n), confidence=confidence), proportion(burst(n, n), confidence=confidence)
    assert (none.low, float(none), none.high) == pytest.approx((0.0, 0.0, 1 - bound))
    assert (every.low, float(every), every.high) == pytest.approx((bound, 1.0, 1.0))


def test_no_failure_of_60_leaves_4_9_percent() -> None:
    assert proportion(burst(0, 60), confidence=0.9).high == pytest.approx(0.0487, abs=5e-5)


@pytest.mark.parametrize(("true", "n"), [(5, 100), (50, 100), (95, 100), (10, 25)])
def test_alike_batches_leave_the_clopper_pearson_interval(true: int, n: int) -> None:
    estimate = proportion(spread(true, n))
    assert estimate == true / n
    assert at_least(true, n, estimate.low) == pytest.approx(0.025, rel=1e-6)
    assert 1 - at_least(true + 1, n, estimate.high) == pytest.approx(0.025, rel=1e-6)


def test_a_single_failure_fails_no_sla_too_often() -> None:
    low = proportion(spread(1, 60), confidence=0.9).low
    assert at_least(1, 60, low) <= 0.05


def test_a_burst_says_less_than_as_many_apart() -> None:
    apart, together = proportion(spread(100, 1000)), proportion(burst(100, 1000))
    assert apart == together == 0.1
    assert together.high - together.low > 3 * (apart.high - apart.low)


def test_a_burst_counts_as_its_effective_size() -> None:
    # means 1/2, 0, 0, 0, 0 in batches of 200: variance 0.05, design effect 200 x 0.05 / 0.09
    size = 1000 / (200 * 0.05 / 0.09 * (2.776445 / 1.959964) ** 2)
    together = proportion(burst(100, 1000))
    assert size == pytest.approx(4.485, abs=1e-3)
    p = together.high  # of a beta with real shapes: compared by numerical integration
    x = (np.arange(400_000) + 0.5) / 400_000
    density = x ** (0.1 * size) * (1 - x) ** (0.9 * size - 1)
    assert density[x <= p].sum() / density.sum() == pytest.approx(0.975, abs=1e-4)
    assert 0.0 < together.low < 1e-3


def test_fewer_than_two_a_batch_count_as_one() -> None:
    estimate = proportion([True, False] * 4)
    assert estimate.low < 0.01
    assert estimate.high > 0.99
    assert proportion([True, False] * 5).high < 0.9
