"""Ratios of two deployments that were measured in turns: pairs of blocks, adjacent in time.

What the two blocks of a pair share, such as arrivals, prompts and a noisy machine, cancels. In ABBA order so does
what changes steadily. Source: Efron and Tibshirani, *An Introduction to the Bootstrap* (1993), chapter 11, for the
jackknife; Künsch, "The jackknife and the bootstrap for general stationary observations", Annals of Statistics 17
(1989), for blocks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit
from pytest_fmbench.stats.inputs import inside, tail, unknown
from pytest_fmbench.stats.logs import around, quotient
from pytest_fmbench.stats.pooled import Block, is_empty, pooled
from pytest_fmbench.stats.student import t_quantile

MINIMUM_PAIRS = 4
"""Pairs below which a ratio is not bounded: two turns of ABBA."""


@dataclass(frozen=True)
class PairedRatio:
    """Candidate / baseline.

    :param baseline: the statistic of all of its blocks together.
    :param candidate: the same.
    :param error: standard error of the ratio's logarithm; infinite where nothing bounds it.
    :param pairs: number of pairs that it is of.
    :param left_out: pairs with an empty block, which are not among them.
    """

    baseline: float
    candidate: float
    error: float
    pairs: int
    left_out: int = 0

    @property
    def spread(self) -> float:
        """Standard deviation of the logarithm for one pair alone; 1 / sqrt m of it for blocks m times as long."""
        return self.error * math.sqrt(self.pairs - 1) if self.pairs > 1 else math.inf

    def estimate(self, *, confidence: float = 0.95, name: str = "") -> Estimate:
        """The ratio, its interval and the number of pairs.

        Interval: ratio exp(+- t error), Student's t with pairs - 1 degrees of freedom; (0, inf) where nothing bounds
        it. A ratio that does not exist (0 / 0, a negative statistic, no pairs) is NaN in (-inf, inf).

        :raises UsageError: for ``confidence`` outside (0, 1).
        """
        risk, value = tail(confidence), quotient(self.candidate, self.baseline)
        if math.isnan(value):
            return unknown(self.pairs, confidence=confidence, name=name, unit=Unit.SHARE)
        reach = math.inf if math.isinf(self.error) else t_quantile(risk, self.pairs - 1) * self.error
        return Estimate(value, *around(value, reach, reach), self.pairs, name=name, confidence=confidence)


def paired_ratio(baseline: Sequence[Block], candidate: Sequence[Block], q: float | None = None) -> PairedRatio:
    """That of two arms, as many blocks each, block k of one beside block k of the other.

    The ratio is of pooled statistics. Standard error by the delete-one-pair jackknife: error^2 = sum of
    (l_k - l)^2, where l is the logarithm of the ratio and l_k that without pair k. The usual factor (pairs - 1) /
    pairs is left out: with it, tails of p95 and p99 were flagged more often than stated. A pair with an empty block
    is left out.

    :param q: which quantile; None for the mean, and for shares and rates, which are one number.
    :raises UsageError: for unequal numbers of blocks, blocks of different kinds, ``q`` outside (0, 1), or a sample
        that is not finite.
    """
    _check(baseline, candidate, q)
    pairs = [pair for pair in zip(baseline, candidate, strict=True) if not (is_empty(pair[0]) or is_empty(pair[1]))]
    left_out = len(baseline) - len(pairs)
    if not pairs:
        return PairedRatio(math.nan, math.nan, math.inf, 0, left_out)
    before, after = (pooled(arm, q) for arm in zip(*pairs, strict=True))
    error = _error(before, after) if len(pairs) >= MINIMUM_PAIRS else math.inf
    return PairedRatio(float(before[0]), float(after[0]), error, len(pairs), left_out)


def log_moves(values: Floats) -> Floats | None:
    """By how much a statistic's logarithm moves without each block, given what :func:`pooled` gives.

    None where one of the logarithms does not exist.
    """
    if not (np.isfinite(values) & (values > 0.0)).all():
        return None
    logs = np.log(values)
    moves: Floats = logs[1:] - logs[0]
    return moves


def _error(before: Floats, after: Floats) -> float:
    """Standard error, given the whole and each one left out."""
    befores, afters = log_moves(before), log_moves(after)
    if befores is None or afters is None:
        return math.inf
    moves = afters - befores
    return math.sqrt(float(moves @ moves))


def _check(baseline: Sequence[Block], candidate: Sequence[Block], q: float | None) -> None:
    if q is not None:
        inside("q", q)
    if len(baseline) != len(candidate):
        raise UsageError(
            f"blocks come in pairs, here are {len(baseline)} of the baseline and {len(candidate)} of the candidate"
        )
    kinds = sorted({type(block).__name__ for block in (*baseline, *candidate)})
    if len(kinds) > 1:
        raise UsageError(f"the blocks of a comparison are of one metric, these are {' and '.join(kinds)}")
