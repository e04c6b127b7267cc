"""Samples of several rounds as one metric's, and their estimates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from pytest_fmbench.metrics.base import Samples
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Floats, Rate, Share
from pytest_fmbench.model.units import Unit
from pytest_fmbench.stats import rounds

Gathered = list[Share] | list[Rate] | rounds.Rounds
"""A metric's samples of each round, ready for many statistics."""


class Label(TypedDict):
    """What an estimate says of itself."""

    confidence: float
    name: str
    unit: Unit


def gathered(each: Sequence[Samples]) -> Gathered:
    """The samples of one metric, of each round; what is not known of a request is left out."""
    shares, rates, values = _by_kind(each)
    return shares or rates or rounds.Rounds([one[~np.isnan(one)] for one in values])


def joined(each: Sequence[Samples]) -> Samples:
    """The same, of all rounds, one after the other."""
    shares, rates, values = _by_kind(each)
    if shares:
        along = [one.along for one in shares if one.along is not None]
        behind = np.concatenate(along) if len(along) == len(shares) else None
        return Share(np.concatenate([one.flags for one in shares]), behind)
    if rates:
        return Rate(np.concatenate([one.amounts for one in rates]), np.concatenate([one.seconds for one in rates]))
    return np.concatenate(values)


def over_rounds(found: Gathered, statistic: str | None, q: float | None, label: Label) -> Estimate:
    """Their estimate.

    :param statistic: ``mean``, ``max``, or a percentile, which is ``q``; None of what is one number.
    """
    if isinstance(found, rounds.Rounds):
        if q is not None:
            return rounds.quantile(found, q, **label)
        return rounds.mean(found, **label) if statistic == "mean" else rounds.maximum(found, **label)
    shares, rates, _ = _by_kind(found)
    return rounds.proportion(shares, **label) if shares else rounds.ratio(rates, **label)


def _by_kind(each: Sequence[Samples]) -> tuple[list[Share], list[Rate], list[Floats]]:
    """All are of one kind; two of the lists are empty."""
    return (
        [one for one in each if isinstance(one, Share)],
        [one for one in each if isinstance(one, Rate)],
        [one for one in each if not isinstance(one, (Share, Rate))],
    )
