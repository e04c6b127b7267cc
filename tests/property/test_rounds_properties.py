from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Floats, Rate, Share
from pytest_fmbench.stats import means, prepare, proportions, quantiles, rounds
from pytest_fmbench.stats.moments import moments, scaled_series
from pytest_fmbench.stats.reach import reach, reach_of_mean, together
from pytest_fmbench.stats.rounds import Rounds
from pytest_fmbench.stats.series import indicator

UNHURRIED = settings(deadline=None, max_examples=60)

LEVEL = st.floats(0.01, 0.999)
Q = st.floats(0.01, 0.99)
USUAL = st.integers(0, 50).map(float)
FEW = st.lists(USUAL, min_size=1, max_size=30)
ROUND = st.one_of(FEW, FEW.map(lambda some: some * 20)).map(np.array)
SEVERAL = st.lists(ROUND, min_size=2, max_size=6)
WHATEVER = st.lists(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20).map(np.array), max_size=4)
FLAGS = st.lists(st.lists(st.booleans(), max_size=80).map(lambda some: np.array(some, np.bool_)), max_size=5)


def all_of(each: list[Floats], q: float, level: float = 0.95) -> list[Estimate]:
    """One of every kind; the samples are amounts in slices too."""
    together = Rounds(each)
    return [
        rounds.quantile(together, q, confidence=level),
        rounds.mean(together, confidence=level),
        rounds.ratio([Rate(one, np.ones(one.size)) for one in each], confidence=level),
        rounds.proportion([Share(one > 10.0, one) for one in each], confidence=level),
        rounds.proportion([Share(one > 10.0) for one in each], confidence=level),
    ]


def near(first: float, second: float) -> bool:
    return first == second or first == pytest.approx(second, rel=1e-6, abs=1e-9)


@UNHURRIED
@given(WHATEVER, Q, LEVEL)
@example([np.array([1.7976931348623157e308] * 10), np.array([-1.7976931348623157e308] * 10)], 0.5, 0.95)
@example([np.zeros(4), np.array([0.0, -1.6675018434003189e308]), np.array([-1.7e308] * 9)], 0.99, 0.95)
@example([np.array([-1.7e308]), np.array([1.7e308]), np.array([-1.7e308]), np.array([1.7e308])], 0.5, 0.95)
@example([np.array([5e-324] * 10), np.array([0.0] * 10)], 0.5, 0.95)
@example([np.array([1e308] * 10), np.array([1e-308] * 10)], 0.5, 0.95)
def test_whatever_was_measured_no_end_is_a_nan_and_the_value_lies_between(
    each: list[Floats], q: float, level: float
) -> None:
    together = Rounds(each)
    for found in (rounds.quantile(together, q, confidence=level), rounds.mean(together, confidence=level)):
        assert math.isnan(found) == (found.n == 0)
        assert found.n == 0 or found.low <= found <= found.high


@UNHURRIED
@given(FLAGS, LEVEL)
def test_a_share_and_its_ends_are_shares(flags: list[np.ndarray[tuple[int], np.dtype[np.bool_]]], level: float) -> None:
    found = rounds.proportion([Share(one) for one in flags], confidence=level)
    assert found.n == sum(one.size for one in flags)
    assert found.n == 0 or 0.0 <= found.low <= found <= found.high <= 1.0


@UNHURRIED
@given(SEVERAL, Q, st.randoms())
def test_the_order_of_rounds_changes_nothing(each: list[Floats], q: float, chance: object) -> None:
    moved = [*each]
    chance.shuffle(moved)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    for one, other in zip(all_of(each, q), all_of(moved, q), strict=True):
        assert near(one, other)
        assert near(one.low, other.low)
        assert near(one.high, other.high)


@UNHURRIED
@given(SEVERAL, Q, LEVEL)
def test_no_interval_is_narrower_than_within_rounds(each: list[Floats], q: float, level: float) -> None:
    risk, run = (1.0 - level) / 2.0, Rounds(each)
    quantile, mean, rate, share, _ = all_of(each, q, level)
    flags = [one.values <= float(quantile) for one in run.each]
    parts = [
        (one.size, reach(indicator(one), float(one.mean()), had.centre))
        for one, had in zip(flags, run.each, strict=True)
    ]
    low, high = quantiles.ends_at(run.order, run.values.size, q, together(parts), risk)
    assert quantile.low <= low
    assert high <= quantile.high
    alone = [(one.values.size, reach_of_mean(_series(one.values), one.centre)) for one in run.each]
    found = moments(run.values)
    below, above = means.half_widths(run.values.size, found, together(alone), risk)
    assert mean.low <= found.scale * (found.mean - below) + 1e-9
    assert found.scale * (found.mean + above) - 1e-9 <= mean.high
    half = [means.ratio(one, np.ones(one.size), confidence=level) for one in each]
    widths = [(one.high - one) * values.size for one, values in zip(half, each, strict=True)]
    assert rate.high - rate >= math.hypot(*widths) / run.values.size - 1e-9
    above_ten = [one.values > 10.0 for one in run.each]
    reaches = [(one.size, proportions.reach_of_flags(one, had)) for one, had in zip(above_ten, run.each, strict=True)]
    leans = proportions.excess(np.concatenate(above_ten), prepare(run.values))
    low, high = proportions.ends_of(float(share), share.n, together(reaches), risk, leans, along=True)
    assert share.low <= low + 1e-9
    assert high - 1e-9 <= share.high


def _series(values: Floats):  # type: ignore[no-untyped-def]  # noqa: ANN202  # what it is called for needs no name
    return scaled_series(values, moments(values))


@UNHURRIED
@given(SEVERAL, Q, st.tuples(LEVEL, LEVEL).map(sorted))
def test_more_confidence_is_no_narrower(each: list[Floats], q: float, levels: list[float]) -> None:
    for less, more in zip(*(all_of(each, q, level) for level in levels), strict=True):
        assert more.low <= less.low + 1e-9
        assert more.high >= less.high - 1e-9


@UNHURRIED
@given(SEVERAL, Q, st.integers(2, 4))
def test_rounds_that_come_again_move_no_value(each: list[Floats], q: float, times: int) -> None:
    once, often = all_of(each, q), all_of(each * times, q)
    assert near(once[1], often[1])
    assert near(once[2], often[2])
    assert near(once[3], often[3])
    assert [one.n for one in often] == [times * one.n for one in once]


@UNHURRIED
@given(st.lists(ROUND.filter(lambda one: float(one.min()) > 0.0), min_size=2, max_size=5), Q)
def test_another_unit_changes_nothing_else(each: list[Floats], q: float) -> None:
    seconds, ms = (rounds.quantile(Rounds([scale * one for one in each]), q) for scale in (1.0, 1024.0))
    assert near(1024.0 * seconds, ms)
    assert near(1024.0 * seconds.low, ms.low)
    assert near(1024.0 * seconds.high, ms.high)
