"""How a run went: arrivals, requests in flight, times to the first token, and what was sampled, on one time axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from pytest_fmbench.metrics.columns import column, has_status
from pytest_fmbench.metrics.sampled import sampled
from pytest_fmbench.model.record import Status
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.telemetry import SAMPLED, Series
from pytest_fmbench.sinks.html.base import chart
from pytest_fmbench.sinks.html.opened import Opened, Part
from pytest_fmbench.sinks.html.thinning import extremes, tidy

STRETCHES = 150
"""Of a curve that is too long: of each, the least and the greatest are kept."""

_BINS = 60
_MOST_LOST = 200
_SHOWN = (
    *("server.running", "server.waiting", "server.kv_cache", "gpu.utilization", "gpu.power", "gpu.throttled"),
    *("neuron.utilization", "host.cpu", "host.steal"),
)
_LEAD = (
    "The shaded part is the window, in which requests count; what was before is warm-up. Arrivals are requests begun a "
    "second; in flight are those that have begun and not ended, and a line that only climbs is a backlog. A dot is a "
    "request, at the time when it began: dots that rise together with a curve below say what they waited for. A cross "
    "is one that failed or was cut off."
)


def part(run: Opened) -> Part:
    """Of all requests of the run, warm-up and drain too."""
    begun_s = run.seconds(column(run.requests, "begun_ns").integers)
    end = _end(run, begun_s)
    course = {
        "end": float(f"{end:.6g}"),
        "windows": [tidy(run.seconds(np.array([one.begin_ns, one.end_ns]))) for one in _windows(run)],
        **_arrivals(begun_s),
        "in_flight": _in_flight(run, begun_s),
        "ttft": _ttft(run, begun_s),
        "counts_from": "when it was due" if run.open_loop else "when it was sent",
        "lost": [_lost(run, begun_s, status) for status in (Status.FAILED, Status.CENSORED)],
        "sampled": [one for name in _SHOWN if (one := _sampled(run, name, end)) is not None],
    }
    return Part("How it went", _LEAD, [chart("course", run.block("course"), "The run in time", _note(run))], course)


def _note(run: Opened) -> str:
    if run.requests.num_rows <= 2 * STRETCHES + 2:
        return "Every request is drawn."
    return (
        f"Of {run.requests.num_rows:,} requests, the fastest and the slowest of each of {STRETCHES} stretches are "
        "drawn; likewise the least and the greatest of every curve, so that nothing that stands out is left out."
    )


def _windows(run: Opened) -> tuple[Any, ...]:
    return run.measurement.rounds or (run.measurement.window,)


def _end(run: Opened, begun_s: Floats) -> float:
    done = column(run.requests, "done_ns")
    last = run.seconds(done.integers[done.known]).max(initial=0.0)
    closed = run.seconds(np.array([one.end_ns for one in _windows(run)])).max()
    return float(max(last, closed, begun_s.max(initial=0.0), 1e-3))


def _arrivals(begun_s: Floats) -> dict[str, Any]:
    """Requests a second in each of equally long stretches."""
    end = max(float(begun_s.max()), 1e-3)
    bins = min(_BINS, max(1, begun_s.size // 4))
    counts, edges = np.histogram(begun_s, bins=bins, range=(0.0, end))
    width = end / bins
    return {"bin": float(f"{width:.5g}"), "arrivals": [tidy(edges[:-1]), tidy(counts / width)]}


def _in_flight(run: Opened, begun_s: Floats) -> list[list[float]]:
    """How many had begun and not ended, after each begin and end."""
    done = column(run.requests, "done_ns")
    ends = run.seconds(done.integers[done.known])
    at = np.concatenate([begun_s, ends])
    change = np.concatenate([np.ones(begun_s.size), -np.ones(ends.size)])
    order = np.lexsort((-change, at))  # who ends as another begins was still there
    return _thinned(at[order], np.cumsum(change[order]))


def _ttft(run: Opened, begun_s: Floats) -> list[list[float]]:
    waited = run.first_ns - run.from_ns
    known = np.flatnonzero(waited.known)
    order = known[np.argsort(begun_s[known], kind="stable")]
    return _thinned(begun_s[order], waited.integers[order] / 1e9)


def _lost(run: Opened, begun_s: Floats, status: Status) -> dict[str, Any]:
    at = np.sort(begun_s[has_status(run.requests, status)])
    some = at[np.unique(np.linspace(0, at.size - 1, min(at.size, _MOST_LOST)).astype(np.int64))] if at.size else at
    return {"status": status.value, "n": int(at.size), "at": tidy(some)}


def _sampled(run: Opened, name: str, end: float) -> dict[str, Any] | None:
    """A gauge from its last sample before the run on, until the run's end; None where nobody told it."""
    if SAMPLED[name].series is not Series.GAUGE:
        return None
    found = sampled(run.measurement.telemetry, name)
    at_s = run.seconds(found.at_ns)
    first, last = np.searchsorted(at_s, [0.0, end], side="right")
    part = slice(max(0, int(first) - 1), int(last))
    if not at_s[part].size:
        return None
    at, values = _thinned(at_s[part], found.values[part])
    word = SAMPLED[name]
    return {"name": name, "meaning": word.meaning, "unit": word.unit.value, "at": at, "values": values}


def _thinned(x: Floats, y: Floats) -> list[list[float]]:
    kept = extremes(x, y, STRETCHES)
    return [tidy(x[kept]), tidy(y[kept])]
