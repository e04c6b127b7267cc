"""Energy per 1,000 output tokens: energy that the accelerators took in the window / tokens that arrived in it * 1,000.

In J. Of the energy counter, read on the straight line between its samples; where there is none, power integrated over
the window by trapezoids. Tokens count as in ``output_token_rate``: at their arrival, of all requests that did not fail.
Idle devices count too. Without a sample before the window and one after it there is none.
"""

from __future__ import annotations

import numpy as np

from pytest_fmbench.metrics import output_token_rate
from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.sampled import NOTHING, Sampled, sampled
from pytest_fmbench.metrics.slices import SLICES
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Rate
from pytest_fmbench.model.telemetry import SAMPLED, Series
from pytest_fmbench.model.units import Unit

NEEDS = ("gpu.energy", "gpu.power")
_TOKENS = 1_000.0


def compute(measurement: Measurement) -> Rate:
    """Joules and thousands of tokens of each slice of the window."""
    energy = _energy(measurement)
    if not energy.encloses(measurement.window):
        return Rate(np.empty(0), np.empty(0))
    window = measurement.window
    edges = window.begin_ns + np.arange(SLICES + 1) * (window.end_ns - window.begin_ns) // SLICES
    tokens = output_token_rate.compute(measurement).amounts
    return Rate(np.diff(energy.at(edges)), tokens / _TOKENS)


def _energy(measurement: Measurement) -> Sampled:
    """Joules since some time or other."""
    for name in NEEDS:
        found = sampled(measurement.telemetry, name)
        counter = SAMPLED[name].series is Series.COUNTER
        if found.encloses(measurement.window) and not (counter and _began_anew(found)):
            return found if counter else _integral(found)
    return NOTHING


def _began_anew(counter: Sampled) -> bool:
    return bool((np.diff(counter.values) < 0.0).any())


def _integral(power: Sampled) -> Sampled:
    seconds = np.diff(power.at_ns) / 1e9
    joules = np.concatenate([[0.0], np.cumsum(seconds * (power.values[:-1] + power.values[1:]) / 2.0)])
    return Sampled(power.at_ns, joules)


METRIC = Metric("energy_per_1k_tokens", Unit.JOULE, "lower", Kind.RATE, compute, needs=NEEDS)
