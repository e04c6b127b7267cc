"""Signs that a run was not steady: its percentiles then depend on how long it lasted, or on what changed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pytest_fmbench.clock import NS_PER_S
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats, Rate, Share
from pytest_fmbench.runs.run import Run
from pytest_fmbench.stats.backlog import backlog
from pytest_fmbench.stats.drift import drift
from pytest_fmbench.stats.warmup import warm_up

_SURE = 0.999
"""Level of the drift test: of a thousand steady runs one is called a drifting one."""


def signs(run: Run) -> Iterator[str]:
    """What speaks against taking the run for steady. Nothing does where a run is too short to tell."""
    if run.open_loop:
        found = backlog(*_arrivals_and_ends(run.figures.measurement))
        if found.unstable:
            yield f"{run.name}: {found.why}"
            return  # all else follows from that
    latencies = _latencies(run)
    cut = warm_up(latencies)
    if cut.believable and cut.index:
        yield f"{run.name}: {cut.why}; give it a longer warmup"
        return
    moved = drift(latencies, confidence=_SURE)
    if moved.drifts:
        yield f"{run.name}: {moved.why}"


def _latencies(run: Run) -> Floats:
    """End to end, of requests that succeeded, in order of sending."""
    found = run.figures.samples("e2e")
    if isinstance(found, (Share, Rate)):
        return np.empty(0)
    return found[~np.isnan(found)]


def _arrivals_and_ends(measurement: Measurement) -> tuple[Floats, Floats]:
    """When each request of the window was due and when it had ended, in seconds from the window's begin."""
    table, begin_ns = measurement.window_requests, measurement.window.begin_ns
    due = table["scheduled_ns"].to_numpy().astype(np.int64) - begin_ns
    done = table["done_ns"].combine_chunks()
    ended = done.fill_null(begin_ns).to_numpy().astype(np.int64) - begin_ns
    never = done.is_null().to_numpy(zero_copy_only=False)
    return due / NS_PER_S, np.where(never, np.nan, np.maximum(ended, due) / NS_PER_S)
