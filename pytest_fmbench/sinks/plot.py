"""A run's latencies as one SVG: how they are distributed, and how they went over the window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pytest_fmbench.metrics.columns import column, has_status
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.record import Status
from pytest_fmbench.model.samples import Floats, Rate, Share
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.runs.run import Run
from pytest_fmbench.sinks.svg import Box, Drawing, Scale, frame

_WIDTH, _HEIGHT = 920, 640
_TOP, _BELOW = Box(72, 84, 890, 310), Box(72, 390, 890, 600)
_COLOURS = {"ttft": "#0b63c5", "e2e": "#b3530b"}
_BAD, _GREY = "#c81e1e", "#6b7280"
_LONGEST_NAME = 100
_POINTS = 400
"""Points of a curve; more make the file longer, not the picture better."""
_DOTS = 2000
"""Of more requests, the slowest of every few in a row are drawn, so that none that stands out is left out."""
_LEAST_S = 1e-6
_FAR = 2.5
"""A limit so many times above all values is not drawn over the window: it would press them flat."""


@dataclass(frozen=True)
class _Latency:
    """A metric as it is drawn: its name, and one value a window request, in seconds, NaN where there is none."""

    name: str
    colour: str
    values: Floats

    @property
    def known(self) -> Floats:
        """The values that there are, in order of size."""
        return np.sort(self.values[~np.isnan(self.values)])

    @property
    def legend(self) -> str:
        known = self.known
        if known.size == 0:
            return f"\u25cf {self.name}: no request has one"
        middle, late = (show(float(np.quantile(known, q)), Unit.SECOND) for q in (0.5, 0.95))
        return f"\u25cf {self.name}: p50 {middle}, p95 {late}, n={known.size}"


@dataclass(frozen=True)
class _Limit:
    """An objective on a latency, and what became of it."""

    objective: Objective
    outcome: str

    @property
    def family(self) -> str:
        return self.objective.metric.removesuffix("_scheduled")

    @property
    def words(self) -> str:
        return f"{' '.join(self.objective.text.split())}: {self.outcome}"

    @property
    def colour(self) -> str:
        return _BAD if self.outcome == "fail" else _COLOURS[self.family]

    @property
    def share(self) -> float | None:
        """The share of requests that a percentile is about."""
        statistic = self.objective.statistic or ""
        return float(statistic[1:]) / 100 if statistic[:1] == "p" else None


def latency_plot(run: Run) -> str:
    """SVG of the TTFT and E2E of the window's requests, with the limits that the SLA puts on them.

    Above, the share of requests that were at least so fast; a ring on a limit marks the share that its percentile is
    about: the curve keeps it by passing above. Below, the TTFT of each request, at the time when it began.
    """
    drawing = Drawing(_WIDTH, _HEIGHT)
    latencies = [_latency(run, metric) for metric in _COLOURS]
    limits = list(_limits(run))
    drawing.write((_TOP.left, 24), run.name[:_LONGEST_NAME], size=15, font_weight="bold")
    for place, latency in enumerate(latencies):
        drawing.write((_TOP.left + 410 * place, 46), latency.legend, fill=latency.colour)
    _distribution(drawing, latencies, limits)
    _course(drawing, run, latencies[0], [limit for limit in limits if limit.family == "ttft"])
    return str(drawing)


def _latency(run: Run, metric: str) -> _Latency:
    # what objectives are judged on: in open loop, a reply that is late because the request was is late
    name = f"{metric}_scheduled" if run.open_loop else metric
    samples = run.figures.samples(name)
    if isinstance(samples, (Share, Rate)):
        raise TypeError(f"{name} has no value a request, so it is no latency")
    return _Latency(name, _COLOURS[metric], samples)


def _limits(run: Run) -> Iterator[_Limit]:
    found = [_Limit(verdict.objective, verdict.outcome.value) for verdict in run.verdicts]
    found += [_Limit(promise.objective, "per request") for promise in run.figures.measurement.promises]
    return (limit for limit in found if limit.family in _COLOURS)


def _distribution(drawing: Drawing, latencies: Sequence[_Latency], limits: Sequence[_Limit]) -> None:
    seen = [float(latency.known[at]) for latency in latencies if latency.known.size for at in (0, -1)]
    ends = [max(value, _LEAST_S) for value in (*seen, *(limit.objective.limit for limit in limits))] or [1e-3, 1.0]
    x = Scale(min(ends) / 1.25, max(ends) * 1.25, _TOP.left, _TOP.right, log=True)
    y = Scale(0, 1, _TOP.bottom, _TOP.top)
    shares = {y(share): f"{share:.0%}" for share in (0, 0.25, 0.5, 0.75, 1)}
    frame(drawing, _TOP, {x(tick): show(tick, Unit.SECOND) for tick in x.ticks()}, shares)
    drawing.write((_TOP.left, _TOP.top - 14), "share of requests at least so fast", font_weight="bold")
    if any(limit.share for limit in limits):
        ring = "a ring is the limit of a percentile: a curve that passes above it keeps it"
        drawing.write((_TOP.right, _TOP.top - 14), ring, fill=_GREY, text_anchor="end")
    for latency in latencies:
        _curve(drawing, latency, x, y)
    for row, limit in enumerate(limits):
        _upright(drawing, limit, row, x, y)


def _curve(drawing: Drawing, latency: _Latency, x: Scale, y: Scale) -> None:
    known = latency.known
    if known.size == 0:
        return
    path = f"M {x(float(known[0])):.1f} {y(0):.1f}"
    for rank in np.unique(np.linspace(0, known.size - 1, min(known.size, _POINTS)).astype(int)):
        path += f" H {x(float(known[rank])):.1f} V {y((rank + 1) / known.size):.1f}"
    drawing.add("path", d=f"{path} H {x.end:.1f}", fill="none", stroke=latency.colour, stroke_width=2)


def _upright(drawing: Drawing, limit: _Limit, row: int, x: Scale, y: Scale) -> None:
    at = x(limit.objective.limit)
    drawing.line((at, y(0)), (at, y(1)), stroke=limit.colour, stroke_dasharray="6 4", stroke_width=1.5)
    if limit.share is not None:
        drawing.add("circle", cx=at, cy=y(limit.share), r=5, fill="#ffffff", stroke=limit.colour, stroke_width=2)
    left = at > (_TOP.left + _TOP.right) / 2
    place = (at - 8 if left else at + 8, _TOP.bottom - 12 - 18 * row)
    drawing.write(place, limit.words, fill=limit.colour, text_anchor="end" if left else "start")


def _course(drawing: Drawing, run: Run, ttft: _Latency, limits: Sequence[_Limit]) -> None:
    most = max(_LEAST_S, float(ttft.known[-1])) if ttft.known.size else 1.0
    near = [limit for limit in limits if limit.objective.limit <= _FAR * most]
    x = Scale(0, max(run.window.seconds, _LEAST_S), _BELOW.left, _BELOW.right)
    y = Scale(0, max([most, *(limit.objective.limit for limit in near)]) * 1.1, _BELOW.bottom, _BELOW.top)
    across = {x(tick): show(tick, Unit.SECOND) for tick in x.ticks()}
    frame(drawing, _BELOW, across, {y(tick): show(tick, Unit.SECOND) for tick in y.ticks()})
    far = "; a limit lies far above" if len(near) < len(limits) else ""
    title = f"{ttft.name} of each request, by when it began in the window{far}"
    drawing.write((_BELOW.left, _BELOW.top - 14), title, font_weight="bold")
    for row, limit in enumerate(near):
        at = y(limit.objective.limit)
        drawing.line((x.begin, at), (x.end, at), stroke=limit.colour, stroke_dasharray="6 4", stroke_width=1.5)
        drawing.write((x.end - 220 * row, at - 5), limit.words, fill=limit.colour, text_anchor="end")
    _requests(drawing, run, ttft, x, y)


def _requests(drawing: Drawing, run: Run, ttft: _Latency, x: Scale, y: Scale) -> None:
    """A dot a request; a cross at the top for one that failed or that the end of the run cut off."""
    table = run.figures.measurement.window_requests
    begun_s = (column(table, "begun_ns").integers - run.window.begin_ns) / 1e9
    shown = np.flatnonzero(~np.isnan(ttft.values))
    for few in np.array_split(shown, min(shown.size, _DOTS)) if shown.size else ():
        at = few[np.argmax(ttft.values[few])]
        cx, cy = x(float(begun_s[at])), y(float(ttft.values[at]))
        drawing.add("circle", cx=cx, cy=cy, r=2.5, fill=ttft.colour, fill_opacity=0.6)
    for row, (status, colour) in enumerate(((Status.FAILED, _BAD), (Status.CENSORED, _GREY))):
        lost = np.flatnonzero(has_status(table, status))
        for at in lost[:_DOTS]:
            drawing.write((x(float(begun_s[at])), y.end + 12 + 12 * row), "\u00d7", fill=colour, text_anchor="middle")
        if lost.size:
            drawing.write(
                (_BELOW.right - 150 * row, _HEIGHT - 6),
                f"\u00d7 {status.value}: {lost.size}",
                fill=colour,
                text_anchor="end",
            )
