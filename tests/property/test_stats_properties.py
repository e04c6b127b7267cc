import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_fmbench import stats
from pytest_fmbench.model.estimate import Estimate

UNHURRIED = settings(deadline=None)
"""How fast the machine is proves nothing."""

ANY = st.floats(allow_nan=False, allow_infinity=False)
USUAL = st.floats(min_value=-1e6, max_value=1e6).map(lambda value: round(value, 3))
LEVEL = st.floats(min_value=0.001, max_value=0.9999)
Q = st.floats(min_value=0.001, max_value=0.999)


def runs(values: st.SearchStrategy[float], least: int = 1) -> st.SearchStrategy[list[float]]:
    """Sequences with ties, some long enough for bounds."""
    few = st.lists(values, min_size=1, max_size=4).flatmap(lambda some: st.lists(st.sampled_from(some), min_size=least))
    return st.one_of(st.lists(values, min_size=least), few, few.map(lambda run: run * 40))


FLAGS = st.one_of(
    st.lists(st.booleans(), min_size=1, max_size=60),
    st.builds(lambda true, false: [True] * true + [False] * false, st.integers(1, 300), st.integers(0, 300)),
)


def ordered(estimate: Estimate) -> bool:
    """False too where an end is NaN."""
    return estimate.low <= float(estimate) <= estimate.high


def near(first: float, second: float) -> bool:
    return first == second or first == pytest.approx(second, rel=1e-6, abs=1e-6)


@UNHURRIED
@given(runs(ANY), LEVEL, Q)
@example([1.7976931348623157e308, -1.7976931348623157e308] * 10, 0.95, 0.5)
@example([5e-324] * 3 + [0.0] * 9, 0.95, 0.5)
@example([0.1], 0.95, 0.5)
@example([0.1, 0.3], 0.95, 0.5)
def test_the_value_lies_in_its_interval(samples: list[float], confidence: float, q: float) -> None:
    assert ordered(stats.mean(samples, confidence=confidence))
    assert ordered(stats.quantile(samples, q, confidence=confidence))
    assert ordered(stats.maximum(samples, confidence=confidence))


@UNHURRIED
@given(FLAGS, LEVEL)
def test_a_proportion_and_its_interval_are_shares(flags: list[bool], confidence: float) -> None:
    estimate = stats.proportion(flags, confidence=confidence)
    assert ordered(estimate)
    assert estimate.low >= 0.0
    assert estimate.high <= 1.0
    assert estimate == pytest.approx(sum(flags) / len(flags))


@UNHURRIED
@given(st.lists(st.tuples(USUAL, st.floats(min_value=0.001, max_value=1000.0)), min_size=1), LEVEL)
def test_a_ratio_lies_in_its_interval(pairs: list[tuple[float, float]], confidence: float) -> None:
    tops, bottoms = zip(*pairs, strict=True)
    assert ordered(stats.ratio(tops, bottoms, confidence=confidence))


@UNHURRIED
@given(runs(USUAL), Q)
def test_estimates_are_within_the_samples(samples: list[float], q: float) -> None:
    for estimate in (stats.mean(samples), stats.quantile(samples, q), stats.maximum(samples)):
        assert min(samples) - 1e-9 <= float(estimate) <= max(samples) + 1e-9
        assert estimate.n == len(samples)


@UNHURRIED
@given(runs(USUAL), st.floats(min_value=0.01, max_value=100.0), USUAL, Q)
@example([0.0, 1.688] * 40, 1.5, 0.0, 0.5)  # symmetric, but for rounding
def test_scale_and_shift_carry_over(samples: list[float], scale: float, shift: float, q: float) -> None:
    moved = scale * np.array(samples) + shift
    for before, after in (
        (stats.mean(samples), stats.mean(moved)),
        (stats.quantile(samples, q), stats.quantile(moved, q)),
        (stats.maximum(samples), stats.maximum(moved)),
    ):
        assert near(after, scale * before + shift)
        assert near(after.low, scale * before.low + shift)
        assert near(after.high, scale * before.high + shift)


@UNHURRIED
@given(ANY, st.integers(1, 500), Q)
@example(0.1, 49, 0.95)
def test_equal_samples_are_their_own_estimate(value: float, n: int, q: float) -> None:
    for estimate in (stats.mean([value] * n), stats.quantile([value] * n, q), stats.maximum([value] * n)):
        assert estimate == value
        assert {estimate.low, estimate.high} <= {value, -math.inf, math.inf}


@UNHURRIED
@given(runs(USUAL), Q)
def test_order_in_time_does_not_move_the_value(samples: list[float], q: float) -> None:
    back = samples[::-1]
    assert near(stats.mean(samples), stats.mean(back))
    assert stats.quantile(samples, q) == stats.quantile(back, q)
    assert stats.maximum(samples) == stats.maximum(back)


@UNHURRIED
@given(runs(USUAL, least=10), Q, st.tuples(LEVEL, LEVEL).map(sorted))
def test_more_confidence_is_no_narrower(samples: list[float], q: float, levels: list[float]) -> None:
    def at(level: float) -> tuple[Estimate, ...]:
        return (
            stats.mean(samples, confidence=level),
            stats.quantile(samples, q, confidence=level),
            stats.ratio(samples, np.ones(len(samples)), confidence=level),
        )

    for less, more in zip(*map(at, levels), strict=True):
        assert more.low <= less.low
        assert more.high >= less.high


@UNHURRIED
@given(FLAGS, st.tuples(LEVEL, LEVEL).map(sorted))
def test_more_confidence_in_a_proportion_is_no_narrower(flags: list[bool], levels: list[float]) -> None:
    less, more = (stats.proportion(flags, confidence=level) for level in levels)
    assert more.low <= less.low + 1e-12
    assert more.high >= less.high - 1e-12


@UNHURRIED
@given(FLAGS, LEVEL)
def test_a_proportion_of_the_opposite_is_mirrored(flags: list[bool], confidence: float) -> None:
    estimate = stats.proportion(flags, confidence=confidence)
    mirrored = stats.proportion([not flag for flag in flags], confidence=confidence)
    assert mirrored == pytest.approx(1.0 - estimate)
    assert mirrored.low == pytest.approx(1.0 - estimate.high, abs=1e-9)
    assert mirrored.high == pytest.approx(1.0 - estimate.low, abs=1e-9)


@UNHURRIED
@given(Q, LEVEL)
def test_the_minimum_is_where_a_bound_begins(q: float, confidence: float) -> None:
    least = stats.minimum_samples(q, confidence)
    assert stats.quantile(np.ones(least), q, confidence=confidence).high == 1.0
    assert stats.quantile(np.ones(least - 1), q, confidence=confidence).high == math.inf


@UNHURRIED
@given(st.lists(Q, min_size=2).map(sorted), LEVEL)
def test_quantiles_and_their_ends_are_ordered_in_independent_samples(qs: list[float], confidence: float) -> None:
    samples = np.random.default_rng(5).permutation(np.arange(300.0))
    found = [stats.quantile(samples, q, confidence=confidence) for q in qs]
    assert all(first <= second for first, second in pairwise(found))
