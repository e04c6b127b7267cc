"""Whether an open loop offers more than the server can do, so that what waits grows for as long as the run lasts.

For open loops at a constant rate. In a closed loop the number in flight is that of the users, by construction, so it
never grows, whatever the server can do; under a ramp it grows with the rate. See docs/steady-state.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.stats.inputs import finite, tail
from pytest_fmbench.stats.student import t_quantile

SLICES = 16
LEAST = 100

_MATTERS = 0.01
_FIRST = 0.05
_MOST_FILLING = 0.25


@dataclass(frozen=True)
class Backlog:
    """What waits, and whether it grows for good. Rates are per second, over the part of the window that is judged.

    :param unstable: whether the offered load surely exceeds the capacity.
    :param known: whether the window could tell.
    :param growth: of the number in flight, per second; NaN in (-inf, inf) where it is not known.
    :param offered: requests that arrived, per second; NaN where it is not known, as ``achieved``.
    :param achieved: requests that ended, per second, whatever became of them.
    :param why: a sentence for people, with what to do.
    """

    unstable: bool
    known: bool
    growth: Estimate
    offered: float
    achieved: float
    why: str


def in_flight(arrivals: ArrayLike, ends: ArrayLike, times: ArrayLike) -> Floats:
    """How many requests have arrived and not ended at each of ``times``; all in seconds on one clock.

    :raises UsageError: for times that are not finite, and as :func:`backlog`.
    """
    begun, over = _checked(arrivals, ends)
    at = finite(times)
    return _until(begun, at) - _until(np.sort(over), at)


def backlog(arrivals: ArrayLike, ends: ArrayLike, *, confidence: float = 0.9) -> Backlog:
    """Whether the requests of an open loop pile up for good.

    Formula: the window from the first to the last arrival, without its begin (twice p90 of the first replies, a
    quarter at most), is cut into 16 slices. The growth in each, arrivals - ends, less what the first replies say is
    still filling up, has a mean with Student's t of 15 degrees of freedom. Unstable where the interval lies above 0
    and the growth is more than 1 % of what is offered. Below capacity a slice gives back what others took, so that
    a false alarm is rarer than (1 - ``confidence``) / 2; at exactly the capacity it is twice as frequent as that, as
    for a random walk that 0 reflects. Fewer than 100 requests are not judged, nor replies of half a window.

    :param arrivals: when each request was scheduled, or began, in seconds, in any order.
    :param ends: when it ended, whatever became of it, on the same clock; NaN or inf where it never did.
    :param confidence: two-sided level of ``growth``; the default alarms falsely in less than 5 %.
    :raises UsageError: for ``confidence`` outside (0, 1), unequal lengths, an arrival that is not finite, or an end
        before its arrival.
    """
    risk, (begun, over) = tail(confidence), _checked(arrivals, ends)
    problem = _unjudged(begun, over)
    if problem:
        nothing = Estimate(math.nan, -math.inf, math.inf, begun.size, unit=Unit.REQUEST_RATE, confidence=confidence)
        return Backlog(False, False, nothing, math.nan, math.nan, f"cannot tell: {problem}")
    filled, filling = _filling(begun, over)
    edges = np.linspace(begun[0] + filled, begun[-1], SLICES + 1)
    arrived, ended = (np.diff(_until(stamps, edges)) for stamps in (begun, np.sort(over)))
    second = float(edges[1] - edges[0])
    rates = (arrived - ended - filling * begun.size / SLICES) / second
    half = t_quantile(risk, SLICES - 1.0) * float(rates.std(ddof=1)) / math.sqrt(SLICES)
    mean, n = float(rates.mean()), begun.size
    growth = Estimate(mean, mean - half, mean + half, n, unit=Unit.REQUEST_RATE, confidence=confidence)
    return _judged(growth, float(arrived.mean()) / second, float(ended.mean()) / second)


def _checked(arrivals: ArrayLike, ends: ArrayLike) -> tuple[Floats, Floats]:
    """Both, in order of arrival; what never ended does so at inf."""
    begun, over = finite(arrivals), np.asarray(ends, dtype=np.float64)
    if over.shape != begun.shape:
        raise UsageError(f"each request has an arrival and an end, here are {begun.shape} and {over.shape}")
    over = np.where(np.isnan(over), math.inf, over)
    early = np.flatnonzero(over < begun)
    if early.size:
        first = early[0]
        raise UsageError(f"request {first} ends at {over[first]} s, before it arrives at {begun[first]} s")
    order = np.argsort(begun, kind="stable")
    return begun[order], over[order]


def _unjudged(begun: Floats, over: Floats) -> str:
    """Why a window says nothing; empty where it may."""
    if begun.size < LEAST:
        return f"{begun.size} requests show no growth; {LEAST} may"
    if begun[0] == begun[-1]:
        return "all requests arrived at once, so there is no rate; spread them out"
    if over.min() > begun[-1]:
        return "no request ended before the last one arrived; run longer than a reply takes"
    if _filling(begun, over)[1] > _MOST_FILLING:
        return "the first replies take more than half of the window; run longer"
    return ""


def _filling(begun: Floats, over: Floats) -> tuple[float, float]:
    """Seconds until the window has filled, and the share of all requests by which it goes on to.

    At a steady rate the number in flight still rises where replies last longer than the window is old.
    """
    window = float(begun[-1] - begun[0])
    some = slice(max(LEAST // 5, int(_FIRST * begun.size)))
    first = np.minimum(over[some] - begun[some], window)
    filled = min(window / 4.0, 2.0 * float(np.quantile(first, 0.9)))
    return filled, float(np.maximum(0.0, first - filled).mean()) / window


def _until(stamps: Floats, times: Floats) -> Floats:
    """How many of the sorted ``stamps`` lie at or before each of ``times``."""
    return np.searchsorted(stamps, times, side="right").astype(np.float64)


def _judged(growth: Estimate, offered: float, achieved: float) -> Backlog:
    unstable = growth.low > 0.0 and float(growth) > _MATTERS * offered
    came, went, more = (show(rate, Unit.REQUEST_RATE) for rate in (offered, achieved, float(growth)))
    if unstable:
        why = (
            f"unstable: {came} are offered and {went} end, so {more} pile up. Lower the rate below {went}. "
            "Percentiles of latency are meaningless here: they grow with the length of the run"
        )
    else:
        why = f"stable: {came} are offered and {went} end; what is in flight grows no more than by chance"
    return Backlog(unstable, known=True, growth=growth, offered=offered, achieved=achieved, why=why)
