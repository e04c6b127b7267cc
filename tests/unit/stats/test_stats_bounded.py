from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats.bounded import bounded_mean


def at_least(k: int, n: int, p: float) -> float:
    return sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


@pytest.mark.parametrize(("ones", "n"), [(3, 10), (50, 72), (1, 60)])
def test_flags_have_the_exact_interval(ones: int, n: int) -> None:
    found = bounded_mean([1.0] * ones + [0.0] * (n - ones))
    assert found == ones / n
    assert at_least(ones, n, found.low) == pytest.approx(0.025, rel=1e-6)
    assert 1 - at_least(ones + 1, n, found.high) == pytest.approx(0.025, rel=1e-6)


@pytest.mark.parametrize("n", [1, 20, 300])
def test_all_alike_leave_what_they_cannot_exclude(n: int) -> None:
    none, every = bounded_mean([0.0] * n, confidence=0.9), bounded_mean([1.0] * n, confidence=0.9)
    assert (none.low, none.high) == pytest.approx((0.0, 1 - 0.05 ** (1 / n)))
    assert (every.low, every.high) == pytest.approx((0.05 ** (1 / n), 1.0))


def test_no_difference_at_all_is_sure_to_about_four_in_n() -> None:
    found = bounded_mean([0.0] * 400, -1.0, confidence=0.9)
    assert float(found) == 0.0
    assert -4.6 / 400 < found.low < -3.0 / 400
    assert found.high == pytest.approx(-found.low)


def test_what_is_not_known_may_be_anything() -> None:
    known = [1.0] * 40 + [0.0] * 20
    found, all_wrong, all_right = (
        bounded_mean(known, unknowns=10),
        *(bounded_mean([*known, *([rest] * 10)]) for rest in (0.0, 1.0)),
    )
    assert (float(found), found.n) == (40 / 60, 60)
    assert (found.low, found.high) == pytest.approx((all_wrong.low, all_right.high))


def test_a_mean_of_many_is_as_narrow_as_it_can_be_to_a_third() -> None:
    values = np.random.default_rng(1).beta(2.0, 5.0, 2_000)
    found, ideal = bounded_mean(values), NormalDist().inv_cdf(0.975) * values.std() / math.sqrt(values.size)
    assert found.low < values.mean() < found.high
    assert (found.high - found.low) / 2 < 1.34 * ideal


def test_ends_stay_within_the_bounds_and_move_with_them() -> None:
    values = np.random.default_rng(2).random(30)
    plain, moved = bounded_mean(values), bounded_mean(values * 2 - 1, -1.0)
    assert 0.0 <= plain.low < plain.high <= 1.0
    assert (moved.low, moved.high) == pytest.approx((plain.low * 2 - 1, plain.high * 2 - 1))


def half_and_fractions(random: np.random.Generator, n: int) -> Floats:
    return np.where(random.random(n) < 0.7, 1.0, random.random(n) * 0.5)


def rare_loss(random: np.random.Generator, n: int) -> Floats:
    return np.where(random.random(n) < 0.02, 0.25, 1.0)


@pytest.mark.parametrize(("make", "truth"), [(half_and_fractions, 0.775), (rare_loss, 0.985)])
@pytest.mark.parametrize("n", [20, 100])
def test_it_holds_for_few_and_for_skewed_ones(make: object, truth: float, n: int) -> None:
    random = np.random.default_rng(3)
    found = [bounded_mean(make(random, n), confidence=0.9) for _ in range(400)]  # type: ignore[operator]  # of the list
    assert sum(one.low > truth for one in found) <= 400 * 0.05 + 9  # two standard errors
    assert sum(one.high < truth for one in found) <= 400 * 0.05 + 9


def test_nothing_is_known_of_nothing() -> None:
    found = bounded_mean([])
    assert math.isnan(found)
    assert (found.low, found.high) == (-math.inf, math.inf)


@pytest.mark.parametrize("values", [[1.5], [-0.1], [math.nan]])
def test_values_lie_within_their_bounds(values: list[float]) -> None:
    with pytest.raises(UsageError):
        bounded_mean(values)


def test_values_that_stand_in_order_of_kind_say_as_much_as_others() -> None:
    ordered = [0.25] * 36 + [0.75] * 36
    found, turned = bounded_mean(ordered), bounded_mean(ordered[::-1])
    for one in (found, turned):
        assert one.low < 0.46
        assert one.high > 0.54
