import math
from collections.abc import Callable

import numpy as np
import pytest

from pytest_fmbench import stats
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.units import Unit

Statistic = Callable[..., Estimate]


def median(samples: object, **options: object) -> Estimate:
    return stats.quantile(samples, 0.5, **options)  # type: ignore[arg-type]


def rate(samples: object, **options: object) -> Estimate:
    return stats.ratio(samples, np.ones(len(samples)), **options)  # type: ignore[arg-type]


NUMERIC = pytest.mark.parametrize("statistic", [stats.mean, stats.maximum, median, rate])
ALL = pytest.mark.parametrize("statistic", [stats.mean, stats.maximum, stats.proportion, median, rate])


@NUMERIC
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_sample_that_is_not_finite_is_refused_by_index(statistic: Statistic, bad: float) -> None:
    with pytest.raises(UsageError, match="sample 2 of 4"):
        statistic([1.0, 2.0, bad, bad])


@NUMERIC
def test_samples_are_one_sequence(statistic: Statistic) -> None:
    with pytest.raises(UsageError, match="2 dimensions"):
        statistic(np.ones((3, 3)))


@ALL
def test_no_samples_are_unknown(statistic: Statistic) -> None:
    estimate = statistic([], name="ttft.p50", unit=Unit.SECOND, confidence=0.8)
    assert math.isnan(estimate)
    assert (estimate.low, estimate.high, estimate.n) == (-math.inf, math.inf, 0)
    assert (estimate.name, estimate.unit, estimate.confidence) == ("ttft.p50", Unit.SECOND, 0.8)


@ALL
@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.5, 95.0, math.nan])
@pytest.mark.parametrize("n", [0, 20])
def test_a_confidence_outside_0_to_1_is_refused(statistic: Statistic, confidence: float, n: int) -> None:
    with pytest.raises(UsageError, match="confidence"):
        statistic([True] * n, confidence=confidence)


@ALL
def test_an_estimate_carries_what_it_is_of(statistic: Statistic) -> None:
    estimate = statistic([True, False] * 10, name="e2e.max", unit=Unit.SECOND, confidence=0.9)
    assert (estimate.name, estimate.unit, estimate.confidence) == ("e2e.max", Unit.SECOND, 0.9)
    assert estimate.n == 20


@ALL
def test_the_default_level_is_95_percent(statistic: Statistic) -> None:
    flags = np.random.default_rng(1).random(400) < 0.4
    default, stated, other = statistic(flags), statistic(flags, confidence=0.95), statistic(flags, confidence=0.9)
    assert (default.low, default.high, default.confidence) == (stated.low, stated.high, 0.95)
    assert statistic in {stats.maximum, median} or other.high < stated.high  # a median of flags is 0 or 1


@pytest.mark.parametrize("q", [0.0, 1.0, -0.1, 95.0, math.nan])
@pytest.mark.parametrize("n", [0, 20])
def test_a_quantile_outside_0_to_1_is_refused(q: float, n: int) -> None:
    with pytest.raises(UsageError, match="q is"):
        stats.quantile(np.arange(n), q)
    with pytest.raises(UsageError, match="q is"):
        stats.minimum_samples(q)


@pytest.mark.parametrize("flags", [[0.0, 1.0], [1, 0], [math.nan]])
def test_a_proportion_is_of_booleans(flags: list[float]) -> None:
    with pytest.raises(UsageError, match="True and False"):
        stats.proportion(flags)


def test_what_the_room_offers() -> None:
    functions = ["maximum", "mean", "minimum_samples", "prepare", "proportion", "quantile", "ratio"]
    assert sorted(stats.__all__) == ["Prepared", *functions]


def test_prepared_samples_give_the_same_estimates() -> None:
    samples = np.random.default_rng(2).exponential(size=300)
    run = stats.prepare(samples)
    assert stats.prepare(run) is run
    for statistic in (stats.mean, stats.maximum, median):
        ours, theirs = statistic(run), statistic(samples)
        assert (float(ours), ours.low, ours.high) == (float(theirs), theirs.low, theirs.high)
    flags = samples < 2.0
    assert stats.proportion(flags, along=run).low == stats.proportion(flags, along=samples).low


def test_preparing_refuses_what_the_statistics_refuse() -> None:
    with pytest.raises(UsageError, match="sample 1 of 2"):
        stats.prepare([0.0, math.nan])


def test_a_share_goes_along_with_one_value_a_flag() -> None:
    with pytest.raises(UsageError, match="along has 2 values for 3 flags"):
        stats.proportion([True, False, True], along=[1.0, 2.0])
    with pytest.raises(UsageError, match="2 dimensions"):
        stats.proportion([True, False], along=[[1.0], [2.0]])
