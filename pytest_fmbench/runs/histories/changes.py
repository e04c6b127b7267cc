"""Change points of a series, by Apache Otava, and what else changed there.

Otava (formerly Hunter) looks for places where a series' level changes for good, and keeps those that a t-test between
what lies before and after, up to the next change points, finds significant: Fleming et al., "Hunter: Using Change Point
Detection to Hunt for Performance Regressions", ICPE 2023, https://doi.org/10.1145/3578244.3583719.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Any

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.comparison import Change
from pytest_fmbench.model.history import ChangePoint, Difference, Point, Series

NEAR = 2
"""Sessions to either side of a change point whose conditions are told too: a small step is placed a little off."""

_WITHOUT = "a history needs Apache Otava: python -m pip install 'pytest-fmbench[history]'"
_SIGNS = {"lower": -1, "higher": 1}


@dataclass(frozen=True)
class Sensitivity:
    """What Otava takes for a change; the defaults are its own.

    :param window: sessions that are looked at together, each window half a window after the last; ``window_len``.
    :param max_pvalue: largest p-value of a change point; ``max_pvalue``.
    :param min_magnitude: the least change as a share, of the smaller of both levels: 0.05 is 5 %; ``min_magnitude``.
    :raises UsageError: for a window below 2, a p-value that is no probability above 0, a negative magnitude.
    """

    window: int = 50
    max_pvalue: float = 0.001
    min_magnitude: float = 0.0

    def __post_init__(self) -> None:
        if self.window < 2:
            raise UsageError(f"window {self.window}: give 2 sessions or more")
        if not 0 < self.max_pvalue < 1:
            raise UsageError(f"max p-value {self.max_pvalue:g}: give one above 0 and below 1, such as 0.001")
        if not 0 <= self.min_magnitude < math.inf:
            raise UsageError(f"min magnitude {self.min_magnitude:g}: give a share of 0 or more, such as 0.05")


def change_points(series: Series, sensitivity: Sensitivity) -> list[ChangePoint]:
    """The change points of ``series``, in order of time.

    :raises UsageError: when Otava is not installed.
    """
    found = _otava(series.values, sensitivity)
    places = [int(one.index) for one in found]
    # Otava's own means may reach only to a change point that it dropped after they were computed
    bounds = pairwise([0, *places, len(series.points)])
    levels = [fmean(series.values[begin:end]) for begin, end in bounds] if found else []
    return [
        _change_point(series, at, levels[nth : nth + 2], float(one.stats.pvalue))
        for nth, (at, one) in enumerate(zip(places, found, strict=True))
    ]


def see_that_it_is_installed() -> None:
    """See that Otava can be imported.

    :raises UsageError: saying how to install it.
    """
    _otava([], Sensitivity())


def _otava(values: list[float], sensitivity: Sensitivity) -> list[Any]:
    try:
        from otava.analysis import compute_change_points  # needs numpy and scipy only; otava.main needs all the rest
    except ImportError as error:
        raise UsageError(f"{_WITHOUT} ({error})") from error
    found, _ = compute_change_points(
        values,  # a list: of an array it would take every window for the whole
        window_len=sensitivity.window,
        max_pvalue=sensitivity.max_pvalue,
        min_magnitude=sensitivity.min_magnitude,
    )
    return list(found)


def _change_point(series: Series, at: int, levels: Sequence[float], pvalue: float) -> ChangePoint:
    before, after = levels
    return ChangePoint(
        series.points[at - 1].session,
        series.points[at].session,
        before,
        after,
        pvalue,
        _change(series.better, after - before),
        tuple(_differences(series.points, at)),
    )


def _change(better: str, difference: float) -> Change:
    if better not in _SIGNS or not difference:
        return Change.DIFFERENT
    return Change.IMPROVEMENT if difference * _SIGNS[better] > 0 else Change.REGRESSION


def _differences(points: Sequence[Point], at: int) -> Iterator[Difference]:
    for offset in sorted(range(-NEAR, NEAR + 1), key=abs):
        if 0 < at + offset < len(points):
            old, new = points[at + offset - 1].conditions, points[at + offset].conditions
            for name in dict.fromkeys((*old, *new)):
                if old.get(name) != new.get(name):
                    yield Difference(name, old.get(name, ""), new.get(name, ""), offset)
