"""Statistics over rounds: the same measured several times, each time on a server of its own.

A new server may land in another state, so that a round differs from the next by more than its own requests show. The
statistic is of the requests of all rounds together. Its interval is the wider, at each end, of two:

- *within*: what the requests of each round say, by the method of a single run. Dependence is read in each round apart
  and never across two; effects, and lengths of independent stretches, are averaged by samples.
- *between*: the delete-one-round jackknife, with Student's t of rounds - 1 degrees of freedom. It assumes nothing
  about requests within a round, and that rounds are independent.

An end stays open where a round holds fewer than 27 stretches, half of what a single run needs, however many rounds
there are: rounds that all were calm agree. Source: Efron and Tibshirani, *An Introduction to the Bootstrap* (1993),
chapter 11, for the jackknife; docs/statistics.md has what it is worth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Floats, Rate, Share
from pytest_fmbench.model.units import Unit
from pytest_fmbench.stats import means, proportions, quantiles
from pytest_fmbench.stats.between import Ends, ends_between, size_between
from pytest_fmbench.stats.inputs import flags as checked
from pytest_fmbench.stats.inputs import inside, ranked, tail, unknown
from pytest_fmbench.stats.moments import moments, scaled_series
from pytest_fmbench.stats.order import Order
from pytest_fmbench.stats.pooled import is_empty, pooled
from pytest_fmbench.stats.prepared import Prepared, prepare
from pytest_fmbench.stats.reach import Reach, reach, reach_of_mean, together
from pytest_fmbench.stats.series import at_most


class Rounds:
    """Samples of several rounds, each in order of sending, ready for many statistics.

    A round without samples, as when all of its requests failed, is left out.

    :raises UsageError: where a sample is not finite.
    """

    def __init__(self, samples: Sequence[ArrayLike | Prepared]) -> None:
        every = [prepare(one) for one in samples]
        self.each = [one for one in every if one.values.size]

    @cached_property
    def values(self) -> Floats:
        """Those of all rounds."""
        return np.concatenate([one.values for one in self.each])

    @cached_property
    def order(self) -> Order:
        """Those of all rounds, by size."""
        return Order(self.values)

    def pooled(self, q: float | None) -> Floats:
        """The statistic of all, and of all without each round."""
        return pooled([one.values for one in self.each], q)


def quantile(
    rounds: Rounds, q: float, *, confidence: float = 0.95, name: str = "", unit: Unit = Unit.SHARE
) -> Estimate:
    """The ``q``-quantile of the samples of all ``rounds``, Hyndman-Fan type 7.

    :raises UsageError: for ``q`` or ``confidence`` outside (0, 1).
    """
    risk, q = tail(confidence), inside("q", q)
    if not rounds.each:
        return unknown(0, confidence=confidence, name=name, unit=unit)
    n, order = rounds.values.size, rounds.order
    value = quantiles.value_at(order, n, q)
    found = together([(one.values.size, _reach_at(one, value)) for one in rounds.each])
    within = quantiles.ends_at(order, n, q, found, risk)
    ends = _wider(value, within, ends_between(rounds.pooled(q), risk))
    return Estimate(value, *ends, n, name=name, unit=unit, confidence=confidence)


def mean(rounds: Rounds, *, confidence: float = 0.95, name: str = "", unit: Unit = Unit.SHARE) -> Estimate:
    """The mean of the samples of all ``rounds``: of few requests not narrower than by rounds, which are batches too.

    :raises UsageError: for ``confidence`` outside (0, 1).
    """
    risk = tail(confidence)
    if not rounds.each:
        return unknown(0, confidence=confidence, name=name, unit=unit)
    n, found = rounds.values.size, moments(rounds.values)
    parts = [(one.values.size, _reach_of_mean(one)) for one in rounds.each]
    below, above = means.half_widths(n, found, together(parts), risk)
    value = found.scale * found.mean
    within = (found.scale * (found.mean - below), found.scale * (found.mean + above))
    ends = _wider(value, within, ends_between(rounds.pooled(None), risk))
    return Estimate(value, *ends, n, name=name, unit=unit, confidence=confidence)


def maximum(rounds: Rounds, *, confidence: float = 0.95, name: str = "", unit: Unit = Unit.SHARE) -> Estimate:
    """The largest sample of all ``rounds``; nothing bounds it from above.

    :raises UsageError: for ``confidence`` outside (0, 1).
    """
    values = rounds.values if rounds.each else ()
    return quantiles.maximum(values, confidence=confidence, name=name, unit=unit)


def proportion(
    rounds: Sequence[Share], *, confidence: float = 0.95, name: str = "", unit: Unit = Unit.SHARE
) -> Estimate:
    """The share of the flags of all ``rounds`` that are True.

    Interval: exact binomial for the effective number of flags: as :func:`~pytest_fmbench.stats.proportion` within
    rounds, as :func:`~pytest_fmbench.stats.between.size_between` between them, whichever is less. Of one round alone
    it is (0, 1). Flags that are all equal show no difference between rounds, so the interval is that within: of rounds
    that differ from all that were met, such as one whose server fails, nothing is known.

    :raises UsageError: for ``confidence`` outside (0, 1), flags that are not booleans, or another number of what lies
        behind them.
    """
    risk, each = tail(confidence), [one for one in rounds if not is_empty(one)]
    if not each:
        return unknown(0, confidence=confidence, name=name, unit=unit)
    values = np.concatenate([checked(one.flags) for one in each])
    value, n = float(values.mean()), values.size
    ends = (0.0, 1.0)
    if len(each) > 1:
        found = together([(one.flags.size, proportions.reach_of_flags(one.flags, _behind(one))) for one in each])
        behind, most = _behind_all(each), size_between(pooled(each, None), n, risk)
        leans = proportions.excess(values, behind)
        ends = proportions.ends_of(value, n, found, risk, leans, along=behind is not None, most=most)
    return Estimate(value, *ends, n, name=name, unit=unit, confidence=confidence)


def ratio(rounds: Sequence[Rate], *, confidence: float = 0.95, name: str = "", unit: Unit = Unit.SHARE) -> Estimate:
    """What was counted in all ``rounds`` / their time; ``n`` is the number of slices.

    Within rounds, each has the half-width of :func:`~pytest_fmbench.stats.ratio`, and their squares add up.

    :raises UsageError: as that.
    """
    risk, each = tail(confidence), [one for one in rounds if not is_empty(one)]
    n = sum(one.amounts.size for one in each)
    if not each:
        return unknown(n, confidence=confidence, name=name, unit=unit)
    values, total = pooled(each, None), sum(float(one.seconds.sum()) for one in each)
    value = float(values[0])
    half = math.hypot(*(_half_width(one, confidence) * float(one.seconds.sum()) for one in each)) / total
    ends = _wider(value, (value - half, value + half), ends_between(values, risk))
    return Estimate(value, *ends, n, name=name, unit=unit, confidence=confidence)


def _wider(value: float, within: Ends, between: Ends) -> Ends:
    """At each end the one that is farther off."""
    return min(value, within[0], between[0]), max(value, within[1], between[1])


def _reach_at(samples: Prepared, value: float) -> Reach:
    """Of the indicator at ``value``, which is the quantile of all rounds and not of this one."""
    flags = at_most(samples.values, value)
    return reach(flags, float((samples.values <= value).mean()), samples.centre)


def _reach_of_mean(samples: Prepared) -> Reach:
    return reach_of_mean(scaled_series(samples.values, moments(samples.values)), samples.centre)


def _half_width(rate: Rate, confidence: float) -> float:
    alone = means.ratio(rate.amounts, rate.seconds, confidence=confidence)
    return alone.high - float(alone)


def _behind(share: Share) -> Prepared | None:
    return None if share.along is None else proportions.ranked_behind(share.along, share.flags)


def _behind_all(shares: Sequence[Share]) -> Prepared | None:
    along = [one.along for one in shares if one.along is not None]
    return Prepared(ranked(np.concatenate(along))) if len(along) == len(shares) else None
