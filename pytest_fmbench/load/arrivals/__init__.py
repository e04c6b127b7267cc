"""Loads: when requests begin. Pure; a load knows neither clock nor server.

The text of a load stands in node ids, so it is made of what pytest's ``-k`` takes: ``poisson:2.5``.
"""

from __future__ import annotations

from pytest_fmbench.load.arrivals.base import OpenLoop, seed_of_part
from pytest_fmbench.load.arrivals.compositions import Mix, Then, Thinned, mix, then, thin
from pytest_fmbench.load.arrivals.shapes import Ramp, Spike, Steps, ramp, spike, steps
from pytest_fmbench.load.arrivals.steady import Constant, Gamma, Poisson, constant, gamma, poisson
from pytest_fmbench.load.arrivals.users import Closed, closed

__all__ = [
    "Closed",
    "Constant",
    "Gamma",
    "Load",
    "Mix",
    "OpenLoop",
    "Poisson",
    "Ramp",
    "Spike",
    "Steps",
    "Then",
    "Thinned",
    "closed",
    "constant",
    "gamma",
    "mix",
    "poisson",
    "ramp",
    "seed_of_part",
    "shape_of",
    "spike",
    "steps",
    "then",
    "thin",
]

Load = Closed | OpenLoop


def shape_of(load: Load) -> float:
    """How long the load's shape lasts, in seconds; 0 of one that is always alike, as users are."""
    return 0.0 if isinstance(load, Closed) else load.shape_s
