"""How far raters agree beyond chance.

kappa = (agreement - chance) / (1 - chance): 1 where all agree on every item, 0 where they agree as often as they would
by chance, less where less. Of two raters it is Cohen's ("A coefficient of agreement for nominal scales", Educational
and Psychological Measurement 20 (1960)), whose chance is that of each rater's own frequencies; of more it is Fleiss'
("Measuring nominal scale agreement among many raters", Psychological Bulletin 76 (1971)), whose chance is that of all
raters' frequencies together.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit
from pytest_fmbench.stats.bounded import bounded_mean
from pytest_fmbench.stats.inputs import tail, unknown
from pytest_fmbench.stats.student import t_quantile


def kappa(
    ratings: Sequence[Sequence[Hashable]], *, confidence: float = 0.95, name: str = "", unit: Unit = Unit.SHARE
) -> Estimate:
    """Agreement of raters: Cohen's kappa of two, Fleiss' of more.

    Interval, of which each end is the further one of two: that of the agreement alone, as
    :func:`~pytest_fmbench.stats.bounded.bounded_mean` has it, with the chance that was found, which holds where all
    agree; and the jackknife's over items, with Student's t, which knows that chance is estimated too. NaN where there
    is no item, or all raters say the same of all, so that there is nothing beyond chance.

    :param ratings: of each item, what each rater said; all raters of all items.
    :raises UsageError: for fewer than two raters, or items of different numbers of them.
    """
    risk, n = tail(confidence), len(ratings)
    raters = {len(one) for one in ratings}
    if len(raters) > 1 or raters & {0, 1}:
        raise UsageError(
            f"items are rated by {sorted(raters)} raters; agreement takes two or more, the same of each item"
        )
    if n == 0:
        return unknown(0, confidence=confidence, name=name, unit=unit)
    said = _indicators(ratings)
    agreed, chance = _agreed(said), float(_chance(said.sum(axis=0), n))
    if chance >= 1.0:
        return unknown(n, confidence=confidence, name=name, unit=unit)
    value = _beyond(float(agreed.mean()), chance)
    alone = bounded_mean(agreed, confidence=confidence)
    low, high = (_beyond(end, chance) for end in (alone.low, alone.high))
    reach = _reach(said, agreed, risk)
    ends = (max(-1.0, min(low, value - reach)), min(1.0, max(high, value + reach)))
    return Estimate(value, *ends, n, name=name, unit=unit, confidence=confidence)


def _indicators(ratings: Sequence[Sequence[Hashable]]) -> Floats:
    """Item x rater x category: 1 where the rater said it."""
    places = {category: at for at, category in enumerate(dict.fromkeys(one for item in ratings for one in item))}
    said = np.zeros((len(ratings), len(ratings[0]), len(places)))
    for item, row in enumerate(ratings):
        for rater, category in enumerate(row):
            said[item, rater, places[category]] = 1.0
    return said


def _agreed(said: Floats) -> Floats:
    """Of each item, the share of pairs of raters that say the same."""
    raters = said.shape[1]
    counts = said.sum(axis=1)
    found: Floats = (counts * (counts - 1.0)).sum(axis=1) / (raters * (raters - 1.0))
    return found


def _chance(totals: Floats, n: float) -> NDArray[np.float64]:
    """How often raters would agree by chance.

    :param totals: how often each rater said each category, in the last two dimensions.
    """
    shares = totals / n
    by_rater = shares.prod(axis=-2) if shares.shape[-2] == 2 else shares.mean(axis=-2) ** 2
    found: NDArray[np.float64] = by_rater.sum(axis=-1)
    return found


def _beyond(agreement: float, chance: float) -> float:
    return (agreement - chance) / (1.0 - chance)


def _reach(said: Floats, agreed: Floats, risk: float) -> float:
    """How far the jackknife's interval goes to each side; infinite where an item less leaves nothing beyond chance."""
    n = len(agreed)
    if n < 2:
        return math.inf
    chances = _chance(said.sum(axis=0) - said, n - 1)
    if (chances >= 1.0).any():
        return math.inf
    without = ((agreed.sum() - agreed) / (n - 1) - chances) / (1.0 - chances)
    error = math.sqrt((n - 1) / n * float(((without - without.mean()) ** 2).sum()))
    return t_quantile(risk, n - 1) * error
