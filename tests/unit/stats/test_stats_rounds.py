"""Estimates of several rounds together."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_fmbench import stats
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.samples import Floats, Rate, Share
from pytest_fmbench.model.units import Unit
from pytest_fmbench.stats import rounds
from pytest_fmbench.stats.reach import Reach
from pytest_fmbench.stats.rounds import Rounds
from pytest_fmbench.stats.student import t_quantile

T2 = t_quantile(0.025, 2.0)


def drawn(*scales: float, n: int = 400, seed: int = 1) -> list[Floats]:
    """Independent samples, each round's of its own scale."""
    random = np.random.default_rng(seed)
    return [scale * random.lognormal(0.0, 0.2, n) for scale in scales]


def autocorrelated(n: int, phi: float, seed: int) -> Floats:
    random, values = np.random.default_rng(seed), np.empty(n)
    level = random.normal() / math.sqrt(1.0 - phi**2)
    for nth in range(n):
        level = phi * level + random.normal()
        values[nth] = level
    return np.exp(0.2 * values)


def shares(*counts: tuple[int, int]) -> list[Share]:
    """Of so many flags, so many True."""
    random = np.random.default_rng(3)
    return [Share(random.permutation(np.arange(n) < true)) for true, n in counts]


def test_values_are_of_all_rounds_together() -> None:
    each = [np.array([1.0, 2.0]), np.array([9.0]), np.array([4.0, 5.0, 6.0])]
    every = np.concatenate(each)
    assert rounds.quantile(Rounds(each), 0.3) == pytest.approx(float(np.quantile(every, 0.3)))
    assert rounds.mean(Rounds(each)) == 4.5
    assert rounds.maximum(Rounds(each)) == 9.0
    assert rounds.quantile(Rounds(each), 0.3).n == 6
    assert rounds.proportion(shares((1, 4), (0, 6))) == pytest.approx(0.1)
    rates = [Rate(np.full(20, 3.0), np.full(20, 0.5)), Rate(np.full(20, 1.0), np.full(20, 1.5))]
    assert rounds.ratio(rates) == pytest.approx(80.0 / 40.0)
    assert rounds.ratio(rates).n == 40


def test_rounds_that_differ_are_bounded_by_students_t_on_the_logarithm() -> None:
    found = rounds.mean(Rounds([np.full(50, level) for level in (1.0, 2.0, 4.0)]))
    logs = np.log([7.0 / 3.0, 3.0, 2.5, 1.5])
    moves = logs[1:] - logs[0]
    reach, bias = T2 * math.sqrt(float(moves @ moves)), 2.0 * float(moves.mean())
    assert bias < 0.0
    assert found.low == pytest.approx(7.0 / 3.0 * math.exp(-reach))
    assert found.high == pytest.approx(7.0 / 3.0 * math.exp(reach - bias))


def test_a_share_that_differs_counts_as_fewer_flags() -> None:
    each = shares((100, 1_000), (200, 1_000), (300, 1_000))
    moves = np.array([0.25, 0.2, 0.15]) - 0.2
    effect = 3_000 * float(moves @ moves) / 0.16
    size = 3_000 / (effect * (T2 / 1.959964) ** 2)
    independent = Reach(1.0, 1.0, 3_000.0, evident=False)
    expected = stats.proportions.ends_of(0.2, 3_000, independent, 0.025, 1.0, along=False, most=size)
    found = rounds.proportion(each)
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-4)
    assert (found.low, found.high) == pytest.approx((0.017, 0.62), abs=0.05)


def test_a_rate_that_differs_is_as_wide_as_its_rounds_say() -> None:
    found = rounds.ratio([Rate(np.full(20, level), np.ones(20)) for level in (1.0, 2.0, 4.0)])
    alone = rounds.mean(Rounds([np.full(50, level) for level in (1.0, 2.0, 4.0)]))
    assert (found.low, found.high) == pytest.approx((alone.low, alone.high))


@pytest.mark.parametrize("count", [2, 3, 10])
def test_rounds_that_are_alike_are_as_wide_as_one_run_of_as_many_requests(count: int) -> None:
    (alone,) = drawn(1.0, n=4_000)
    each = np.split(alone, count) if 4_000 % count == 0 else np.array_split(alone, count)
    for found, one in (
        (rounds.quantile(Rounds(each), 0.5), stats.quantile(alone, 0.5)),
        (rounds.mean(Rounds(each)), stats.mean(alone)),
    ):
        assert found == pytest.approx(one)
        assert found.low <= one.low + 1e-12
        assert found.high >= one.high - 1e-12


def test_the_same_round_again_leaves_what_lies_within() -> None:
    (one,) = drawn(1.0)
    assert rounds.quantile(Rounds([one, one]), 0.5).low > stats.quantile(one, 0.5).low
    within = stats.ratio(np.arange(20.0), np.ones(20))
    twice = rounds.ratio([Rate(np.arange(20.0), np.ones(20))] * 2)
    assert twice.high - twice == pytest.approx((within.high - within) / math.sqrt(2.0))


def test_two_rounds_that_differ_are_wide() -> None:
    two, ten = (Rounds(drawn(*scales)) for scales in ((1.0, 1.2), (1.0, 1.2) * 5))
    wide, narrow = (rounds.quantile(one, 0.95) for one in (two, ten))
    assert wide.high / wide > 2.0
    assert narrow.high / narrow < 1.2
    assert math.isfinite(wide.high)


def test_dependence_is_read_within_rounds_and_a_step_between_them_is_none() -> None:
    each = drawn(1.0, 2.0, 4.0, n=1_500)
    assert stats.quantile(np.concatenate(each), 0.95).high == math.inf
    assert math.isfinite(rounds.quantile(Rounds(each), 0.95).high)


def test_short_rounds_that_hardly_forget_are_not_bounded_however_many_they_are() -> None:
    short = Rounds([autocorrelated(200, 0.95, seed) for seed in range(30)])
    long = Rounds([autocorrelated(6_000, 0.95, seed) for seed in range(3)])
    assert rounds.quantile(short, 0.95).high == rounds.mean(short).high == math.inf
    assert math.isfinite(rounds.quantile(long, 0.95).high)
    flags = [Share(one.values < 1.5, one.values) for one in short.each]
    assert rounds.proportion(flags).low == 0.0
    assert rounds.proportion(flags).high < 1.0


def test_constant_samples_are_exact() -> None:
    each = Rounds([np.full(20, 7.0), np.full(30, 7.0)])
    for found in (rounds.mean(each), rounds.quantile(each, 0.5)):
        assert (found.low, found, found.high) == (7.0, 7.0, 7.0)
    zeros = rounds.ratio([Rate(np.zeros(20), np.ones(20))] * 2)
    assert (zeros.low, zeros, zeros.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("true", [0, 500])
def test_flags_that_are_all_equal_have_exact_ends(true: int) -> None:
    found, alone = rounds.proportion(shares((true, 500), (true, 500))), stats.proportion(np.full(1_000, true > 0))
    assert (found, found.low, found.high) == (alone, alone.low, alone.high)


def test_one_failure_in_two_rounds_says_little_and_is_no_nan() -> None:
    found = rounds.proportion(shares((1, 500), (0, 500)))
    assert 0.0 <= found.low < float(found) == 0.001 < found.high < 0.5


def test_a_round_without_samples_is_left_out() -> None:
    each = drawn(1.0, 1.1, 1.2)
    nothing = np.empty(0)
    assert repr(rounds.quantile(Rounds([*each, nothing]), 0.5)) == repr(rounds.quantile(Rounds(each), 0.5))
    assert repr(rounds.mean(Rounds([nothing, *each]))) == repr(rounds.mean(Rounds(each)))
    empty = Share(np.empty(0, np.bool_))
    assert repr(rounds.proportion([*shares((1, 9), (2, 9)), empty])) == repr(rounds.proportion(shares((1, 9), (2, 9))))


def test_of_one_round_that_is_left_nothing_is_bounded() -> None:
    each = Rounds([drawn(1.0)[0], np.empty(0)])
    for found in (rounds.quantile(each, 0.5), rounds.mean(each)):
        assert (found.low, found.high, found.n) == (-math.inf, math.inf, 400)
        assert float(found) > 0.5
    alone = rounds.proportion(shares((3, 400), (0, 0)))
    assert (alone.low, alone, alone.high) == (0.0, 0.0075, 1.0)
    rate = rounds.ratio([Rate(np.ones(20), np.ones(20)), Rate(np.zeros(0), np.zeros(0))])
    assert (rate.low, rate, rate.high) == (-math.inf, 1.0, math.inf)


def test_of_none_nothing_is_known() -> None:
    each = Rounds([np.empty(0), np.empty(0)])
    for found in (
        rounds.quantile(each, 0.5),
        rounds.mean(each),
        rounds.maximum(each),
        rounds.proportion([]),
        rounds.ratio([]),
    ):
        assert math.isnan(found)
        assert (found.low, found.high, found.n) == (-math.inf, math.inf, 0)


def test_few_requests_bound_nothing() -> None:
    found = rounds.quantile(Rounds([np.array([1.0, 2.0]), np.array([3.0])]), 0.5)
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert rounds.mean(Rounds([np.array([1.0, 2.0]), np.array([3.0])])).high == math.inf


def test_what_is_not_positive_is_bounded_without_logarithms() -> None:
    found = rounds.mean(Rounds([np.full(20, -1.0), np.full(20, 0.0), np.full(20, 1.0)]))
    assert found == 0.0
    assert found.low == pytest.approx(-T2 * math.sqrt(0.5))
    assert found.high == pytest.approx(T2 * math.sqrt(0.5))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(bad: float) -> None:
    with pytest.raises(UsageError, match="sample 1 of 2"):
        Rounds([np.array([1.0, bad]), np.array([1.0])])


def test_flags_that_are_none_and_levels_that_are_none_are_refused() -> None:
    with pytest.raises(UsageError, match="True and False"):
        rounds.proportion([Share(np.array([0.5]))] * 2)
    for level in (0.0, 1.0):
        with pytest.raises(UsageError, match=r"^confidence is"):
            rounds.mean(Rounds(drawn(1.0, 1.0)), confidence=level)
        with pytest.raises(UsageError, match=r"^q is"):
            rounds.quantile(Rounds(drawn(1.0, 1.0)), level)


def test_an_estimate_says_what_it_is_of() -> None:
    found = rounds.mean(Rounds(drawn(1.0, 1.0)), confidence=0.9, name="ttft.mean", unit=Unit.SECOND)
    assert (found.name, found.unit, found.confidence) == ("ttft.mean", Unit.SECOND, 0.9)
