"""A history for the terminal: a line a series, and below it where its level changes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from pytest_fmbench.model.columns import aligned
from pytest_fmbench.model.comparison import Change
from pytest_fmbench.model.history import ChangePoint, Difference, LeftOut, Series
from pytest_fmbench.model.units import show

Trend = tuple[Series, Sequence[ChangePoint]]

BARS = "▁▂▃▄▅▆▇█"
PLAIN_BARS = "_.-:=+*#"
"""The same, for terminals that cannot show them."""

_MOST_BARS = 60
_WORDS = {Change.REGRESSION: "worse", Change.IMPROVEMENT: "better", Change.DIFFERENT: "changed"}


def render(trends: Sequence[Trend], bars: str = BARS) -> Iterator[str]:
    """Lines of each case: its statistics with sessions, newest value and sparkline; and their change points.

    :param trends: those of one case together.
    """
    names = Counter(name for name, _ in {(series.name, series.case) for series, _ in trends})
    for case, of_case in groupby(trends, key=lambda trend: trend[0].case):
        rows = [*of_case]
        name = rows[0][0].name
        yield name if names[name] == 1 else f"{name} ({case})"
        cells = [(*_cells(series, bars), "" if points else "no change") for series, points in rows]
        for (series, points), line in zip(rows, aligned(cells), strict=True):
            yield f"  {line}"
            for point in points:
                yield from _change(series, point)
        yield ""


def described(series: Series, point: ChangePoint) -> str:
    """A change point in a line, without its place: ``worse: 99 ms -> 119 ms, +20.3%, p=2.6e-21``."""
    before, after = show(point.before, series.unit), show(point.after, series.unit)
    relative = f", {point.relative:+.1%}" if math.isfinite(point.relative) else ""
    return f"{_WORDS[point.change]}: {before} -> {after}{relative}, p={point.pvalue:.2g}"


def counted(trends: Sequence[Trend]) -> str:
    """How many change points there are, and which way they go."""
    points = [point for _, of_series in trends for point in of_series]
    ways = Counter(point.change for point in points)
    told = ", ".join(f"{ways[change]} {word}" for change, word in _WORDS.items() if ways[change])
    return f"{_many(len(points), 'change point')} in {len(trends)} series{': ' if told else ''}{told}"


def left_out(found: Sequence[LeftOut]) -> Iterator[str]:
    """How many of each kind there are, then each by its name."""
    if found:
        kinds: Mapping[str, int] = Counter(one.kind.value for one in found)
        yield f"left out: {', '.join(f'{number} {kind}' for kind, number in kinds.items())}"
        yield from (f"  {one.where}: {one.kind.value}: {one.reason}" for one in found)


def sparkline(values: Sequence[float], bars: str = BARS) -> str:
    """The last sixty of ``values`` from the lowest bar, the least of them, to the highest, the largest."""
    shown = values[-_MOST_BARS:]
    low, width = min(shown, default=0.0), max(shown, default=0.0) - min(shown, default=0.0)
    steps = ((value - low) / width if width else 0.0 for value in shown)
    return "".join(bars[min(int(step * len(bars)), len(bars) - 1)] for step in steps)


def _cells(series: Series, bars: str) -> tuple[str, ...]:
    newest = show(series.values[-1], series.unit) if series.points else "n/a"
    return series.statistic, _many(len(series.points), "session"), newest, sparkline(series.values, bars)


def _change(series: Series, point: ChangePoint) -> Iterator[str]:
    yield f"    {described(series, point)}, between {point.last} and {point.first}"
    yield from (f"      {_difference(one)}" for one in point.differences)


def _difference(one: Difference) -> str:
    side = "before" if one.offset < 0 else "after"
    where = f" ({_many(abs(one.offset), 'session')} {side})" if one.offset else ""
    return f"{one.condition} {one.before or '-'} -> {one.after or '-'}{where}"


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
