"""One figure out of the telemetry, in order of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pytest_fmbench.metrics.columns import Integers
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.model.sampled import Telemetry
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.telemetry import SAMPLED


@dataclass(frozen=True)
class Sampled:
    """Values and when they held, in ns on CLOCK_MONOTONIC, in order of time."""

    at_ns: Integers
    values: Floats

    def encloses(self, window: Window) -> bool:
        """Whether there is a sample before the window and one after it."""
        return bool(self.at_ns.size and self.at_ns[0] <= window.begin_ns and self.at_ns[-1] >= window.end_ns)

    def at(self, ns: Integers) -> Floats:
        """The values at any times between the samples, on the straight line from each to the next."""
        begin_ns = int(self.at_ns[0])  # floats hold differences exactly, and not every time since boot
        return np.interp((ns - begin_ns).astype(np.float64), (self.at_ns - begin_ns).astype(np.float64), self.values)


NOTHING = Sampled(np.empty(0, dtype=np.int64), np.empty(0))


def sampled(telemetry: Telemetry | None, name: str) -> Sampled:
    """The figure called ``name``, such as ``gpu.power``, of all devices together.

    A sum that one of several devices is missing from would be too small: that sample is left out.
    """
    if telemetry is None:
        return NOTHING
    import pyarrow.compute as pc

    family, _, word = name.partition(".")
    rows = telemetry.rows
    mine = rows.filter(pc.and_(pc.equal(rows["source"], family), pc.equal(rows["name"], word)))
    at_ns, nth = np.unique(np.asarray(mine["t_ns"].to_numpy(), dtype=np.int64), return_inverse=True)
    if not at_ns.size:
        return NOTHING
    devices = np.bincount(nth)
    values = np.bincount(nth, weights=mine["value"].to_numpy())
    if SAMPLED[name].averaged:
        return Sampled(at_ns, values / devices)
    whole = devices == devices.max()
    return Sampled(at_ns[whole], values[whole])
