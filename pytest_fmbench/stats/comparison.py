"""Verdicts on ratios: regression, improvement, equivalent or inconclusive, with stated false alarms.

Each of the claims is tested with Holm's step-down procedure over all statistics of the comparison (Scandinavian
Journal of Statistics 6 (1979)): with m of them undecided, each is tested at alpha / m, one-sided; those shown are
set aside, and the rest is tested anew. So the probability of any false regression is alpha at most, however the
statistics depend on each other, and so are those of any false improvement and of any false equivalence.
Equivalence is two one-sided tests (Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15 (1987)).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.comparison import Change, Compared
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.stats.contrast import Contrast

Claim = Callable[[Contrast, Estimate], bool]


def judge(
    contrasts: Sequence[Contrast], *, alpha: float = 0.05, margin: float = 0.05, cases: int = 1
) -> tuple[Compared, ...]:
    """The verdict on each of ``contrasts``.

    Equivalent is what lies wholly within 1 / (1 + margin) and 1 + margin, even if it is surely a little worse; else
    a regression (improvement) is what lies wholly on the bad (good) side of 1. A share that is 0 in both arms is
    equivalent as counted, without a test.

    :param alpha: the risk of any false regression among all cases, and that of each other claim.
    :param margin: share of the baseline that does not matter either way.
    :param cases: how many comparisons the session makes; ``alpha`` is divided over them (Bonferroni).
    :raises UsageError: for ``alpha`` outside (0, 0.5), ``margin`` outside [0, 1), or no case.
    """
    _check(alpha, margin, cases)
    claims = {change: _holm(contrasts, alpha / cases, claim) for change, claim in _claims(margin).items()}
    widest = 1.0 - 2.0 * alpha / cases / max(1, len(contrasts))
    return tuple(_compared(one, nth, claims, widest, margin) for nth, one in enumerate(contrasts))


def false_alarms(alpha: float, cases: int) -> float:
    """How many of ``cases`` comparisons are expected to hold a false regression at most, each judged at ``alpha``.

    :raises UsageError: for ``alpha`` outside (0, 0.5), or no case.
    """
    _check(alpha, 0.0, cases)
    return alpha * cases


def _claims(margin: float) -> dict[Change, Claim]:
    """What can be claimed, and by which interval; the first that is shown is the verdict."""
    return {
        Change.EQUIVALENT: lambda _, ratio: 1.0 / (1.0 + margin) <= ratio.low and ratio.high <= 1.0 + margin,
        Change.REGRESSION: _worse,
        Change.IMPROVEMENT: _better,
        Change.DIFFERENT: lambda one, ratio: one.better == "" and (ratio.low > 1.0 or ratio.high < 1.0),
    }


def _worse(one: Contrast, ratio: Estimate) -> bool:
    return (one.better == "lower" and ratio.low > 1.0) or (one.better == "higher" and ratio.high < 1.0)


def _better(one: Contrast, ratio: Estimate) -> bool:
    return (one.better == "lower" and ratio.high < 1.0) or (one.better == "higher" and ratio.low > 1.0)


def _holm(contrasts: Sequence[Contrast], risk: float, claim: Claim) -> dict[int, Estimate]:
    """Those of which ``claim`` is shown at the family's ``risk``, by their place, each with the ratio that shows it."""
    shown: dict[int, Estimate] = {}
    while left := [nth for nth in range(len(contrasts)) if nth not in shown]:
        ratios = {nth: contrasts[nth].ratio(1.0 - 2.0 * risk / len(left)) for nth in left}
        found = {nth: ratio for nth, ratio in ratios.items() if claim(contrasts[nth], ratio)}
        if not found:
            break
        shown |= found
    return shown


def _compared(
    one: Contrast, nth: int, claims: dict[Change, dict[int, Estimate]], widest: float, margin: float
) -> Compared:
    change = next((change for change, shown in claims.items() if nth in shown), Change.INCONCLUSIVE)
    ratio = claims[change][nth] if change in claims else one.ratio(widest)
    if change is Change.INCONCLUSIVE and one.unit is Unit.SHARE and one.baseline == one.candidate == 0.0:
        return Compared(one.name, one.baseline, one.candidate, ratio, Change.EQUIVALENT, "0% in both, as counted")
    reason = f"{_interval(ratio)}: {_why(change, margin)}"
    if change is Change.INCONCLUSIVE and one.note:
        reason += f"; {one.note}"
    return Compared(one.name, one.baseline, one.candidate, ratio, change, reason)


def _interval(ratio: Estimate) -> str:
    """As a change, for people: ``+4.9% [+2%, +8%] at 90%``."""
    if math.isnan(ratio):
        return "no ratio"
    value, low, high = (_change(end) for end in (float(ratio), ratio.low, ratio.high))
    return f"{value} [{low}, {high}] at {show(ratio.confidence, Unit.SHARE)}"


def _change(ratio: float) -> str:
    return ("+" if ratio > 1.0 else "") + show(ratio - 1.0, Unit.SHARE)


def _why(change: Change, margin: float) -> str:
    return {
        Change.EQUIVALENT: f"all of it is within {show(margin, Unit.SHARE)} either way",
        Change.REGRESSION: "all of it is worse",
        Change.IMPROVEMENT: "all of it is better",
        Change.DIFFERENT: "all of it is on one side",
        Change.INCONCLUSIVE: "neither a change nor its absence is shown",
    }[change]


def _check(alpha: float, margin: float, cases: int) -> None:
    if not 0.0 < alpha < 0.5:
        raise UsageError(f"alpha is {alpha}; it is the risk of a false alarm, between 0 and 0.5, both excluded")
    if not 0.0 <= margin < 1.0:
        raise UsageError(f"margin is {margin}; it is a share of the baseline, from 0 and below 1")
    if cases < 1:
        raise UsageError(f"there are {cases} cases to divide the risk over; it takes one")
