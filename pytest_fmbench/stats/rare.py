"""Ratios of shares too rare for a jackknife: none or all, or none without one of the pairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Share
from pytest_fmbench.stats.beta import beta_cdf
from pytest_fmbench.stats.inputs import tail
from pytest_fmbench.stats.proportions import proportion
from pytest_fmbench.stats.unpaired import unpaired_ratio


def rare_ratio(baseline: Sequence[Share], candidate: Sequence[Share], *, confidence: float, name: str = "") -> Estimate:
    """Candidate / baseline of two arms, as many blocks each; ``n`` is the smaller number of flags.

    Interval: of both arms' exact bounds, as if they were measured apart. Failures come in bursts, and one burst in one
    block is no evidence, however many fail in it. So the interval leaves 1 out only if an exact sign test over the
    pairs does: with all failures in one arm, in 5 pairs at least for a one-sided 5 %.

    :raises UsageError: for ``confidence`` outside (0, 1), or flags that are not booleans.
    """
    arms = (
        proportion(np.concatenate([one.flags for one in arm]), confidence=confidence) for arm in (baseline, candidate)
    )
    ratio = unpaired_ratio(*arms, name=name)
    shares = [[float(one.flags.mean()) if one.flags.size else 0.0 for one in arm] for arm in (baseline, candidate)]
    more = sum(after > before for before, after in zip(*shares, strict=True))
    less = sum(after < before for before, after in zip(*shares, strict=True))
    risk = tail(confidence)
    low = ratio.low if _by_sign(more, less) <= risk else min(ratio.low, 1.0)
    high = ratio.high if _by_sign(less, more) <= risk else max(ratio.high, 1.0)
    return Estimate(ratio, low, high, ratio.n, name=name, confidence=confidence)


def _by_sign(wins: int, losses: int) -> float:
    """The probability of so many wins or more, where either is as likely."""
    return beta_cdf(0.5, wins, losses + 1) if wins else 1.0
