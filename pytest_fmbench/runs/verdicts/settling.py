"""Leaving out what the warm-up before a window was too short for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pytest_fmbench.model.measurement import Window
from pytest_fmbench.model.samples import Floats, Rate, Share
from pytest_fmbench.runs.crew.phases import in_phases
from pytest_fmbench.runs.figures import Figures
from pytest_fmbench.stats.warmup import warm_up


def settled(figures: Figures) -> tuple[Figures, str]:
    """Those of the steady part of one window, and what was left out, in words: nothing where that is empty.

    The window then begins with the first request of the steady part.
    """
    latencies, begun_ns = latencies_of(figures)
    cut = warm_up(latencies)
    if not (cut.believable and cut.index):
        return figures, ""
    measurement = figures.measurement
    begin = Window(int(begun_ns[cut.index]), measurement.window.end_ns)
    table, window = in_phases(measurement.requests, begin, None)
    tasks = None if measurement.tasks is None else in_phases(measurement.tasks, window, None)[0]
    steady = replace(measurement, requests=table, window=window, tasks=tasks)
    return Figures(steady, figures.metrics, figures.confidence), cut.why


def latencies_of(figures: Figures) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """End to end, of requests that succeeded, in order of sending; and when each began, in ns."""
    found = figures.samples("e2e")
    begun_ns = figures.measurement.window_requests["begun_ns"].to_numpy()
    if isinstance(found, (Share, Rate)):
        return np.empty(0), begun_ns[:0]
    known = ~np.isnan(found)
    return found[known], begun_ns[known]
