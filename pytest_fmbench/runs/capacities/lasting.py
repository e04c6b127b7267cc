"""Probes that last long enough to tell whether the server keeps up."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pytest_fmbench.runs.capacities.probes import Wanted
from pytest_fmbench.runs.capacities.sounding import Measure
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.verdicts.steadiness import open_at_end
from pytest_fmbench.stats.capacity import Probe

_OPEN = 0.5
"""Of a window's requests: where more have no reply at its end, replies last longer than half of it."""
_GROWS = 1.5
"""Times as many are open at the end of a window that is twice as long: where the server keeps up they are as many."""


@dataclass(frozen=True)
class Tried:
    """A rate that was tried.

    :param run: that counts, the longest.
    :param seconds: of all.
    :param aside: requests of those that were too short.
    :param untold: whether the budget had no room for a window that would have told whether requests pile up.
    :param unserved: whether longer windows showed that they do.
    """

    run: Run
    seconds: float
    aside: int = 0
    untold: bool = False
    unserved: bool = False


def tried(wanted: Wanted, measure: Measure, probe: Probe, left: float, alone_s: float) -> Tried:
    """Measure a probe, in windows twice as long again and again while they cannot tell whether the server keeps up.

    Where no objective is broken, yet most of a window's replies outlive it, and more of them than last as long as a
    request that is alone, either replies have become that long or requests pile up. In a window twice as long about as
    many are open at the end in the first case, twice as many in the second.

    :param left: requests that may be spent at that rate. Where they do not suffice, requests are taken to pile up:
        a rate that nobody has seen served is none that holds.
    :param alone_s: how long a request takes that is alone.
    """
    load = wanted.arrivals(probe.rate)
    run, seconds = measure(load, probe, f"{wanted.name}, {load}")
    aside, usual = 0, probe.rate * alone_s  # open at any time, were nothing in the way of the others
    while _cannot_tell(wanted, run, usual):
        open_before, spent = open_at_end(run), run.requests.num_rows
        left -= spent
        if 2 * spent > left:
            return Tried(run, seconds, aside, untold=True)
        aside += spent
        probe = replace(probe, requests=2 * probe.requests, warm_up=2 * probe.warm_up)
        run, took = measure(load, probe, f"{wanted.name}, {load}")
        seconds += took
        if open_at_end(run) > _GROWS * open_before:
            return Tried(run, seconds, aside, unserved=True)
    return Tried(run, seconds, aside)


def _cannot_tell(wanted: Wanted, run: Run, usual: float) -> bool:
    """Whether replies outlive the window, more than usual, and what they say would keep every objective."""
    asked = run.figures.measurement.window_requests.num_rows
    outlived = open_at_end(run) > max(_OPEN * asked, _GROWS * usual)
    return outlived and wanted.late(run) is None and not wanted.broken(run)
