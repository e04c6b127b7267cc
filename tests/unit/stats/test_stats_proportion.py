import math
from statistics import NormalDist

import numpy as np
import pytest

from pytest_fmbench.model.samples import Flags, Floats
from pytest_fmbench.stats import proportion
from pytest_fmbench.stats.student import t_quantile


def spread(true: int, n: int) -> Flags:
    """``true`` of ``n`` flags, as evenly over the run as can be."""
    return np.diff(np.arange(n + 1) * true // n).astype(np.bool_)


def burst(true: int, n: int) -> Flags:
    return np.arange(n) < true


def at_least(k: int, n: int, p: float) -> float:
    return sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


@pytest.mark.parametrize("n", [1, 5, 60, 3000])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_none_or_all_have_exact_ends(n: int, confidence: float) -> None:
    bound = ((1 - confidence) / 2) ** (1 / n)
    none, every = proportion(burst(0, n), confidence=confidence), proportion(burst(n, n), confidence=confidence)
    assert (none.low, float(none), none.high) == pytest.approx((0.0, 0.0, 1 - bound))
    assert (every.low, float(every), every.high) == pytest.approx((bound, 1.0, 1.0))


def test_no_failure_of_60_leaves_4_9_percent() -> None:
    assert proportion(burst(0, 60), confidence=0.9).high == pytest.approx(0.0487, abs=5e-5)


@pytest.mark.parametrize("n", [40, 400, 4000])
def test_all_of_them_say_no_less_than_one_does_however_they_depend(n: int) -> None:
    every = proportion(burst(n, n), along=np.repeat([1.0, 2.0], n // 2), confidence=0.9)
    assert every.low == (0.05 if n < 1000 else 0.0)


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


@pytest.mark.parametrize(("true", "open_end"), [(100, "high"), (900, "low")])
def test_one_burst_leaves_the_end_beyond_the_rarer_flag_open(true: int, open_end: str) -> None:
    estimate = proportion(burst(true, 1000))
    bounded = {"high": estimate.low > 0.0, "low": estimate.high < 1.0}
    assert bounded[open_end]
    assert {"high": estimate.high, "low": 1.0 - estimate.low}[open_end] == 1.0


def test_as_many_pairs_as_singles_say_as_much() -> None:
    single = np.random.default_rng(6).random(5000) < 0.1
    pairs = np.repeat(single, 2)
    apart, together = proportion(single), proportion(pairs)
    assert apart == together
    assert together.high - together.low == pytest.approx(apart.high - apart.low, rel=0.2)


def waves(n: int, period: int) -> Floats:
    """Latencies that are long together, and never beyond 2."""
    return 1.0 + np.sin(np.arange(n) * 2.0 * np.pi / period)


def test_a_share_widens_by_the_dependence_of_what_lies_behind_it() -> None:
    latencies, chance = waves(20_000, 100), np.random.default_rng(7).random(20_000)
    kept = chance > 0.05 * latencies**3
    alone, along = proportion(kept), proportion(kept, along=latencies)
    assert along.low < alone.low
    assert along.high >= alone.high


def test_a_run_that_missed_nothing_is_not_bounded_from_below_where_it_holds_too_few_stretches() -> None:
    every = np.ones(1000, dtype=np.bool_)
    assert proportion(every).low == pytest.approx(0.025 ** (1 / 1000))
    assert proportion(every, along=waves(1000, 500)).low == 0.0


def test_a_run_that_seems_independent_counts_its_flags_as_fewer_where_it_may_hide_misses() -> None:
    every, independent = np.ones(1000, dtype=np.bool_), np.random.default_rng(8).random(1000)
    t = t_quantile(0.025, 200 / 25) * (1 + 4 / math.sqrt(200))
    fewer = 1000 * (NormalDist().inv_cdf(0.025) / t) ** 2
    assert proportion(every, along=independent).low == pytest.approx(0.025 ** (1 / fewer))
    some = independent < 0.9
    alone, along = proportion(some), proportion(some, along=independent)
    assert along.low < alone.low
    assert along.high == alone.high
    assert proportion(~some, along=independent).high == pytest.approx(1.0 - along.low)


def test_the_open_end_of_a_share_follows_what_lies_behind_it() -> None:
    latencies = waves(1000, 500)
    short, long = latencies <= 0.6, latencies > 0.6  # less than half are short
    assert proportion(short, along=latencies).low == 0.0
    assert proportion(short, along=latencies).high < 1.0
    assert proportion(long, along=latencies).high == 1.0
    assert proportion(long, along=latencies).low > 0.0


def test_no_latency_counts_as_the_longest() -> None:
    latencies = waves(1000, 500)
    kept = latencies <= 1.5
    without = np.where(kept, latencies, np.nan)
    ours, theirs = (proportion(kept, along=one) for one in (without, np.where(kept, latencies, np.inf)))
    assert (ours.low, ours.high) == (theirs.low, theirs.high)


def test_fewer_than_two_a_batch_count_as_one() -> None:
    estimate = proportion([True, False] * 4)
    assert estimate.low < 0.01
    assert estimate.high > 0.99
    assert proportion([True, False] * 5).high < 0.9
