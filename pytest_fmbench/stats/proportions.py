"""Shares of requests, with intervals that stay exact where hardly any or nearly all are counted."""

from __future__ import annotations

import math
from statistics import NormalDist

from numpy.typing import ArrayLike

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Flags
from pytest_fmbench.model.units import Unit
from pytest_fmbench.stats.batches import MINIMUM
from pytest_fmbench.stats.beta import beta_quantile
from pytest_fmbench.stats.inputs import flags as checked
from pytest_fmbench.stats.inputs import ranked, tail, unknown
from pytest_fmbench.stats.prepared import Prepared
from pytest_fmbench.stats.reach import SMALL, Reach, reach
from pytest_fmbench.stats.series import indicator

_FEWER = 2.0
_LEAN = 4.0


def proportion(
    flags: ArrayLike,
    *,
    along: ArrayLike | Prepared | None = None,
    confidence: float = 0.95,
    name: str = "",
    unit: Unit = Unit.SHARE,
) -> Estimate:
    """The share of ``flags`` that are True.

    Interval: exact binomial (Clopper-Pearson) for the effective number of flags, n / max(1, D (t / z)^2), where D
    is the design effect and t is Student's, by :func:`~pytest_fmbench.stats.reach.reach`. So it is never narrower than
    that of independent flags. A Wilson interval is not: its lower end fails an SLA for a single error four times as
    often as stated. Source: Korn and Graubard, "Confidence intervals for proportions with small expected number of
    positive counts", Survey Methodology 24 (1998).

    Where a run holds fewer than 54 independent stretches, one end is 0 or 1: not bounded. It is the low end where True
    goes with low values of ``along``, or is the more frequent one: what a run of calm stretches lacks are long queues,
    and with them misses. Else it is the high end. It is both where neither can be told.
    Of fewer than 1,000 flags it lies where it would for half of the effective number instead.

    With ``along``, that end is also further off where it is bounded: it counts no more stretches than a run of its
    length is believed to hold, however calm it was, and t is 1 + 4 / sqrt(stretches) times as large.

    Flags alone that are all equal show no dependence: of 60 requests without an error up to 4.9 % may fail (one-sided
    95 %). Fewer than 10 that differ count as one.

    :param along: what lies behind the flags, of the same requests: the latencies of a goodput. A run that met few
        misses shows little of their dependence, but all of that of its latencies. NaN counts as the largest.
        Flags that are all equal are taken for promises, which low values keep.
    :raises UsageError: for ``confidence`` outside (0, 1), flags that are not booleans, or another number of ``along``.
    """
    risk, values = tail(confidence), checked(flags)
    behind = None if along is None else ranked_behind(along, values)
    if values.size == 0:
        return unknown(0, confidence=confidence, name=name, unit=unit)
    value, found = float(values.mean()), reach_of_flags(values, behind)
    low, high = ends_of(value, values.size, found, risk, excess(values, behind), along=behind is not None)
    return Estimate(value, low, high, values.size, name=name, unit=unit, confidence=confidence)


def reach_of_flags(flags: Flags, behind: Prepared | None) -> Reach:
    """How far their share may be from the truth; ``behind`` is what lies behind them."""
    return reach(indicator(flags), float(flags.mean()), behind.centre if behind else [])


def ends_of(
    share: float, n: int, found: Reach, risk: float, leans: float, *, along: bool, most: float = math.inf
) -> tuple[float, float]:
    """The interval of :func:`proportion`.

    :param leans: which end a calm run hides, as :func:`excess` says.
    :param along: what lies behind the flags is known.
    :param most: independent flags that these ``n`` are worth at most.
    """
    low, high = _binomial(share, min(most, _effective_size(share, n, found.effect, found.t(risk), risk)), risk)
    if along or found.open:
        t = _t_hidden(found, n, risk) if along else found.t(risk)
        far = _far(share, min(most, _effective_size(share, n, found.effect, t, risk)), found, n, risk)
        low, high = far[0] if leans >= 0.0 else low, far[1] if leans <= 0.0 else high
    return low, high


def _effective_size(share: float, n: int, effect: float, t: float, risk: float) -> float:
    """How many independent flags say as much as these do: one at least, as all are True no more often than one is."""
    if n < MINIMUM and 0.0 < share < 1.0:
        return 1.0
    return max(1.0, n / max(1.0, effect * (t / NormalDist().inv_cdf(risk)) ** 2))


def _t_hidden(found: Reach, n: int, risk: float) -> float:
    """Standard errors to the end that a calm run hides; the share of few stretches is skewed, as their mean is."""
    return found.t_hidden(risk, n) * (1.0 + _LEAN / math.sqrt(found.believed(n)))


def _binomial(share: float, size: float, risk: float) -> tuple[float, float]:
    """Exact ends of ``share`` among ``size`` independent flags."""
    low, high = _lower_end(share, size, risk), 1.0 - _lower_end(1.0 - share, size, risk)
    return min(low, share), max(high, share)


def _far(share: float, size: float, found: Reach, n: int, risk: float) -> tuple[float, float]:
    """Ends on the side that a calm run hides; not bounded where the run is open, or by half of a few flags."""
    if not found.open:
        return _binomial(share, size, risk)
    return _binomial(share, max(1.0, size / _FEWER), risk) if n < SMALL else (0.0, 1.0)


def _lower_end(share: float, size: float, risk: float) -> float:
    """The least true share that yields ``share`` or more of ``size`` flags with probability ``risk``."""
    count = share * size
    return beta_quantile(risk, count, size - count + 1.0) if count > 0.0 else 0.0


def excess(flags: Flags, behind: Prepared | None) -> float:
    """Positive where it is a lower share that a run of calm stretches would hide, negative where a higher one."""
    share = float(flags.mean())
    if behind is None:
        return share - 0.5
    if share in {0.0, 1.0}:
        return 1.0  # a promise is kept by being fast
    median = behind.order.at((flags.size - 1) // 2)
    return float(flags[behind.values <= median].mean()) - share


def ranked_behind(along: ArrayLike | Prepared, flags: Flags) -> Prepared:
    """What lies behind ``flags``, of which there must be one of each.

    :raises UsageError: for another number.
    """
    found = along if isinstance(along, Prepared) else Prepared(ranked(along))
    if found.values.size != flags.size:
        raise UsageError(f"along has {found.values.size} values for {flags.size} flags; it takes one of each request")
    return found
