"""What the probes say of all aims together: the capacity is the least of theirs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pytest_fmbench.stats.capacity.isotonic import isotonic
from pytest_fmbench.stats.capacity.knee import WIDTHS, Crossing, crossing, points_of
from pytest_fmbench.stats.capacity.probes import Aim, Answer, Found, Scale

FITTED = 0.7
"""Of the risk, what the curve's interval has, which is looked at until it is narrow; single probes have the rest."""

_SHORTER = 4


@dataclass(frozen=True)
class Evidence:
    """Aims, and the answers about them, in order of asking.

    :param confidence: two-sided, of the interval of the capacity; divided over the aims that an interval decides.
    :param breadth: times the usual distance within which probes count.
    """

    aims: Sequence[Aim]
    answers: Sequence[Answer]
    confidence: float
    breadth: float = 1.0

    def bracket(self) -> tuple[float, float]:
        """The highest rate that is not spoken against, and the lowest that is; 0 and inf where there is none.

        As values, however surely: of the monotone curve through all probes, so that a long probe corrects a short one.
        """
        rates = sorted({one.rate for one in self.answers})
        above = min(self._piles_up_from(), *(self._broken_from(nth) for nth in range(len(self.aims))))
        return max((rate for rate in rates if rate < above), default=0.0), above

    def _broken_from(self, nth: int) -> float:
        """The lowest rate at which one aim is not kept."""
        aim, each = self.aims[nth], sorted(self.answers, key=lambda one: one.rate)
        if aim.scale is Scale.COUNT:
            return min((one.rate for one in each if not one.means[nth] <= 0.0), default=math.inf)
        means = [_value(aim, one, nth) for one in each]
        curve = isotonic(means, [one.requests for one in each]).tolist()
        return min((one.rate for one, mean in zip(each, curve, strict=True) if mean > aim.limit), default=math.inf)

    def _piles_up_from(self) -> float:
        """The lowest rate at which requests pile up, by most of what was asked there: single probes may seem to."""
        if not any(one.unstable for one in self.answers):
            return math.inf
        each = sorted(self.answers, key=lambda one: one.rate)
        piled = isotonic([float(one.unstable) for one in each], [one.requests for one in each]).tolist()
        return min((one.rate for one, share in zip(each, piled, strict=True) if share > 0.5), default=math.inf)

    def found(self, around: float) -> Found:
        """The capacity, by the probes around a rate, and by what single probes say surely, which have a risk apart."""
        each = [self._of(nth, around) for nth in range(len(self.aims))]
        limits = [(one.rate, nth) for nth, one in enumerate(each) if one is not None and one.rate < math.inf]
        if not limits:
            served = self._piles_up_from() < math.inf and not any(map(self._breaks_below, range(len(self.aims))))
            return self._served() if served else self.surely()
        rate, limiting = min(limits)
        sure = self.surely()
        low = max(sure.low, min(0.0 if one is None else one.low for one in each))
        high = min(sure.high, *(math.inf if one is None else one.high for one in each))
        error = next(one.error for one in (each[limiting],) if one is not None)
        return Found(rate, min(low, rate), max(high, rate), limiting, error)

    def _breaks_below(self, nth: int) -> bool:
        """Whether an aim is seen to be broken where requests do not pile up yet."""
        piled = self._piles_up_from()
        below = (one for one in self.answers if one.rate <= piled)
        return any(beyond(self.aims[nth], one.means[nth]) for one in below)

    def _served(self) -> Found:
        """Between what was surely served, at whatever rate, and the lowest rate at which requests pile up."""
        below, above = self.bracket()
        high = min((one.rate for one in self.answers if one.unserved), default=math.inf)
        sound = [one for one in self.answers if one.served < math.inf or not one.unstable]
        low = min(max((min(one.rate, one.served) for one in sound), default=0.0), high)
        rate = math.sqrt((low or below) * (above if math.isinf(high) else high))
        return Found(min(max(rate, low), high), low, high, None, 0.0, piles_up=True)

    def surely(self) -> Found:
        """By what single probes say surely: what is kept at a rate is kept below, what is not is not above."""
        broken = [(one.rate, nth) for one in self.answers for nth, sure in enumerate(one.sure) if sure is False]
        high, limiting = min(broken, default=(math.inf, self._suspect()))
        steady = [one for one in self.answers if one.rate < high and not one.unstable]
        kept = [min(one.rate, one.served) for one in steady if one.sure and all(one.sure)]
        low, (below, above) = max(kept, default=0.0), self.bracket()
        guess = math.sqrt(below * above) if 0.0 < below < above < math.inf else below or 0.0
        return Found(min(max(guess, low), high), low, high, limiting)

    def _suspect(self) -> int | None:
        """The aim that is broken at the lowest rate, as a value."""
        found = [
            (one.rate, nth)
            for one in self.answers
            for nth, (aim, mean) in enumerate(zip(self.aims, one.means, strict=True))
            if beyond(aim, mean)
        ]
        return min(found)[1] if found else None

    def _of(self, nth: int, around: float) -> Crossing | None:
        """That of one aim; a rate of inf where nothing is near its limit, None where that is not known."""
        aim = self.aims[nth]
        if aim.scale is Scale.COUNT:
            return self._counted(nth)
        if self._piles_up_from() < math.inf and not self._breaks_below(nth):
            return Crossing(math.inf, math.inf, math.inf, 0.0)  # however far up: what is not served comes first
        usable = _long([one for one in self.answers if not math.isnan(one.means[nth])])
        rates, sizes = [one.rate for one in usable], [one.requests for one in usable]
        points = points_of(rates, sizes, [one.means[nth] for one in usable])
        found = crossing(points, aim.limit, aim.scale, around, level=self._level(), breadth=self.breadth)
        return found if found is not None else self._far(nth, around, usable)

    def _far(self, nth: int, around: float, usable: Sequence[Answer]) -> Crossing | None:
        """Whether an aim is so far from its limit that it sets none."""
        aim = self.aims[nth]
        seen = [one for one in usable if one.rate >= around / math.exp(self.breadth * WIDTHS[0])]
        size = sum(one.requests for one in seen)
        if not size or any(beyond(aim, one.means[nth]) for one in seen):
            return None
        mean = float(np.average([one.means[nth] for one in seen], weights=[one.requests for one in seen]))
        least = -math.log((1.0 - self._level()) / 2.0) / size if aim.scale is Scale.SHARE else 0.0
        return Crossing(math.inf, math.inf, math.inf, 0.0) if max(2.0 * mean, least) < aim.limit else None

    def _counted(self, nth: int) -> Crossing:
        """Between the highest rate at which all requests kept it, below the lowest at which one did not."""
        high = self._broken_from(nth)
        if math.isinf(high):
            return Crossing(math.inf, math.inf, math.inf, 0.0)
        low = max((one.rate for one in self.answers if one.rate < high), default=0.0)
        return Crossing(math.sqrt(low * high), low, high, 0.0)

    def _level(self) -> float:
        weighed = sum(aim.scale is not Scale.COUNT for aim in self.aims)
        return 1.0 - FITTED * (1.0 - self.confidence) / max(1, weighed)


def _long(answers: Sequence[Answer]) -> Sequence[Answer]:
    """Those that are not much shorter than the longest, if they are enough for a curve."""
    longest = max((one.requests for one in answers), default=0)
    found = [one for one in answers if one.requests * _SHORTER >= longest]
    return found if len(found) >= 4 else answers


def _value(aim: Aim, answer: Answer, nth: int) -> float:
    """The mean score; where there is none, or what waits grows for good, twice the limit at least."""
    mean = answer.means[nth]
    return max(mean, 2.0 * aim.limit) if answer.unstable else 2.0 * aim.limit if math.isnan(mean) else mean


def beyond(aim: Aim, mean: float) -> bool:
    """Whether a mean score breaks an aim, as a value; where there is none it does."""
    return math.isnan(mean) or mean > (0.0 if aim.scale is Scale.COUNT else aim.limit)
