import math
from statistics import NormalDist

import numpy as np
import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.samples import Share
from pytest_fmbench.stats.detectable import detectable, pairs_needed, spread_of
from pytest_fmbench.stats.paired import paired_ratio
from pytest_fmbench.stats.student import t_quantile

RUNS = 20_000


@pytest.mark.parametrize(("pairs", "alpha", "power"), [(4, 0.05, 0.9), (12, 0.05, 0.9), (12, 0.0025, 0.5)])
def test_the_smallest_effect_is_found_as_often_as_stated(pairs: int, alpha: float, power: float) -> None:
    logs = 0.1 * np.random.default_rng(pairs).normal(size=(RUNS, pairs)) + math.log(
        detectable(0.1, pairs, alpha=alpha, power=power)
    )
    error = logs.std(axis=1, ddof=1) / math.sqrt(pairs - 1)  # as a paired ratio's: the jackknife of a mean
    found = float(np.mean(logs.mean(axis=1) > t_quantile(alpha, pairs - 1) * error))
    assert found == pytest.approx(power, abs=3.0 * math.sqrt(power * (1.0 - power) / RUNS))


def test_with_many_pairs_it_is_the_textbook_formula() -> None:
    normal = NormalDist()
    expected = (normal.inv_cdf(0.95) + normal.inv_cdf(0.9)) * 0.1 / math.sqrt(100_000)
    assert math.log(detectable(0.1, 100_000)) == pytest.approx(expected, rel=1e-3)


def test_more_pairs_more_risk_and_less_power_find_smaller_effects() -> None:
    assert detectable(0.1, 20) < detectable(0.1, 12) < detectable(0.1, 4) < detectable(0.1, 3) == math.inf
    assert detectable(0.1, 12, alpha=0.1) < detectable(0.1, 12) < detectable(0.1, 12, alpha=0.01)
    assert detectable(0.1, 12, power=0.5) < detectable(0.1, 12) < detectable(0.1, 12, power=0.99)
    assert math.log(detectable(0.2, 12)) == pytest.approx(2.0 * math.log(detectable(0.1, 12)))
    assert detectable(0.0, 12) == 1.0
    assert 1.0 < detectable(1e6, 12) < math.inf


@pytest.mark.parametrize("ratio", [1.02, 1.1, 1.5, 20.0])
def test_the_fewest_pairs_are_just_enough(ratio: float) -> None:
    needed = pairs_needed(0.1, ratio)
    assert detectable(0.1, needed) <= ratio < detectable(0.1, needed - 1)
    assert pairs_needed(0.1, 1.0 / ratio) == needed


def test_without_noise_the_least_number_of_pairs_is_enough() -> None:
    assert pairs_needed(0.0, 1.0001) == 4


@pytest.mark.parametrize("spread", [-0.1, math.inf, math.nan])
def test_a_spread_that_is_none_is_refused(spread: float) -> None:
    for ask in (lambda: detectable(spread, 12), lambda: pairs_needed(spread, 1.1)):
        with pytest.raises(UsageError, match="spread is"):
            ask()


@pytest.mark.parametrize("ratio", [1.0, 0.0, -1.0, math.inf, math.nan])
def test_an_effect_is_a_ratio_other_than_1(ratio: float) -> None:
    with pytest.raises(UsageError, match="ratio is"):
        pairs_needed(0.1, ratio)


def test_other_bad_input_is_refused() -> None:
    with pytest.raises(UsageError, match="alpha is"):
        detectable(0.1, 12, alpha=0.5)
    with pytest.raises(UsageError, match="power is"):
        detectable(0.1, 12, power=1.0)
    with pytest.raises(UsageError, match="million pairs"):
        pairs_needed(5.0, 1.0 + 1e-6)
    with pytest.raises(UsageError, match="q is"):
        spread_of([], 95.0)


def test_the_spread_of_one_arm_foretells_that_of_two() -> None:
    random = np.random.default_rng(1)
    arms = [[*random.gamma(9.0, size=(200, 40))] for _ in range(2)]
    alone, both = spread_of(arms[0]), paired_ratio(*arms).spread  # type: ignore[arg-type]  # two of them
    theory = math.sqrt(2.0 / 9.0 / 40.0)  # a gamma of shape 9 varies by a third
    assert alone == pytest.approx(theory, rel=0.2)
    assert both == pytest.approx(theory, rel=0.2)


def test_the_spread_of_one_arm_is_that_beside_an_arm_without_noise() -> None:
    blocks = [*np.random.default_rng(2).gamma(9.0, size=(6, 40))]
    for q in (None, 0.9):
        assert spread_of(blocks, q) == pytest.approx(math.sqrt(2.0) * paired_ratio([np.ones(3)] * 6, blocks, q).spread)


def test_a_spread_that_nothing_shows_is_infinite() -> None:
    assert spread_of([]) == math.inf
    assert spread_of([np.ones(5)] * 3) == math.inf
    assert spread_of([np.ones(5)] * 3 + [np.array([])]) == math.inf
    assert spread_of([Share(np.zeros(5, np.bool_))] * 6) == math.inf
    assert spread_of([np.ones(5)] * 4, 0.5) == 0.0
