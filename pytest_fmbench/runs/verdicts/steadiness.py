"""Signs that a run was not steady: its percentiles then depend on how long it lasted, or on what changed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pytest_fmbench.clock import NS_PER_S
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.runs.figures import Figures
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.verdicts.settling import latencies_of
from pytest_fmbench.stats.backlog import backlog
from pytest_fmbench.stats.drift import drift
from pytest_fmbench.stats.warmup import warm_up

_SURE = 0.999
"""Level of the drift test: of a thousand steady runs one is called a drifting one."""


def signs(run: Run) -> Iterator[str]:
    """What speaks against taking the run for steady. Nothing does where a run is too short to tell.

    Of several rounds, what speaks against each: they may well differ, which the intervals hold. Under a load with a
    shape a level is meant to move and requests to pile up, so nothing speaks against that.
    """
    if run.shape_s:
        return
    if run.cut:
        yield f"{run.name}: {run.cut}; it is left out"
    each = run.figures.rounds
    if not each:
        yield from (f"{run.name}: {sign}" for sign in _signs(run.figures, _SURE, open_loop=run.open_loop))
    for nth, figures in enumerate(each, 1):
        sure = 1.0 - (1.0 - _SURE) / len(each)
        for sign in _signs(figures, sure, open_loop=run.open_loop):
            yield f"{run.name}, round {nth} of {len(each)}: {sign}"


def piles_up(run: Run) -> bool:
    """Whether more was offered than could be served, as far as an open loop's window tells."""
    return backlog(*_arrivals_and_ends(run.figures.measurement)).unstable


def surely_served(run: Run, risk: float) -> tuple[float, bool]:
    """What an open loop says but for ``risk``: requests a second that were served, and whether more were asked.

    Served is what is offered less what may pile up; 0 where the window is too short to tell.
    """
    found = backlog(*_arrivals_and_ends(run.figures.measurement), confidence=1.0 - 2.0 * risk)
    served = max(0.0, found.offered - max(0.0, found.growth.high)) if found.known else 0.0
    return served, found.unstable


def open_at_end(run: Run) -> int:
    """How many requests had begun and had no end when the window closed."""
    table, end_ns = run.requests, run.figures.measurement.window.end_ns
    begun, done = (table[name].to_numpy() for name in ("begun_ns", "done_ns"))
    return int(((begun <= end_ns) & ~(done <= end_ns)).sum())  # what never ended is NaN


def _signs(figures: Figures, sure: float, *, open_loop: bool) -> Iterator[str]:
    if open_loop:
        found = backlog(*_arrivals_and_ends(figures.measurement))
        if found.unstable:
            yield found.why
            return  # all else follows from that
    latencies = latencies_of(figures)[0]
    cut = warm_up(latencies)
    if cut.believable and cut.index:
        yield f"{cut.why}; give it a longer warmup"
        return
    moved = drift(latencies, confidence=sure)
    if moved.drifts:
        yield moved.why


def _arrivals_and_ends(measurement: Measurement) -> tuple[Floats, Floats]:
    """When each request of the window was due and when it had ended, in seconds from the window's begin."""
    table, begin_ns = measurement.window_requests, measurement.window.begin_ns
    due = table["scheduled_ns"].to_numpy().astype(np.int64) - begin_ns
    done = table["done_ns"].combine_chunks()
    ended = done.fill_null(begin_ns).to_numpy().astype(np.int64) - begin_ns
    never = done.is_null().to_numpy(zero_copy_only=False)
    return due / NS_PER_S, np.where(never, np.nan, np.maximum(ended, due) / NS_PER_S)
