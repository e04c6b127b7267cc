"""What was sampled within the window, as ``gpu.power`` or ``server.waiting``: all of :data:`SAMPLED`.

A gauge's samples are its values; a counter's are its growth per second from each sample to the next, from the last one
before the window on. What several devices, engines or models told at once is added up, or averaged where the
vocabulary says so. Before and after a sample nothing is known; none is made up.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.sampled import Sampled, sampled
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.telemetry import SAMPLED, Series

NS_PER_S = 1e9


def compute(measurement: Measurement, name: str) -> Floats:
    """Samples of ``name`` in the window, in order of time."""
    found = sampled(measurement.telemetry, name)
    if SAMPLED[name].series is Series.COUNTER:
        return _growth(found, measurement.window)
    return found.values[_inside(found, measurement.window)]


def _growth(found: Sampled, window: Window) -> Floats:
    """Per second; what became less began anew, and says nothing."""
    first, last = np.searchsorted(found.at_ns, [window.begin_ns, window.end_ns])
    part = slice(max(0, int(first) - 1), int(last))
    grown, passed = np.diff(found.values[part]), np.diff(found.at_ns[part])
    sound = (grown >= 0.0) & (passed > 0)
    return grown[sound] * NS_PER_S / passed[sound]


def _inside(found: Sampled, window: Window) -> slice:
    first, last = np.searchsorted(found.at_ns, [window.begin_ns, window.end_ns])
    return slice(int(first), int(last))


SERIES = {
    name: Metric(name, told.sampled_unit, "", Kind.SERIES, partial(compute, name=name), needs=(name,))
    for name, told in SAMPLED.items()
}
"""By name."""
