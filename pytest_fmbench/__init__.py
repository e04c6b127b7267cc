"""Benchmarks of foundation-model serving, written as pytest cases.

These names, the fixtures ``fmbench``, ``deployment`` and ``endpoint``, the markers ``sla`` and ``deployments``,
and the options that begin with ``--fmbench`` are what others may build on.
"""

from pytest_fmbench.load.arrivals import closed, constant, gamma, mix, poisson, ramp, spike, steps, then
from pytest_fmbench.load.replay import replay
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.objective import Sla
from pytest_fmbench.presets import mlperf
from pytest_fmbench.workloads import lengths
from pytest_fmbench.workloads.chat import chat
from pytest_fmbench.workloads.synthetic import synthetic
from pytest_fmbench.workloads.traces.trace import trace

__all__ = [
    "Deployment",
    "Sla",
    "chat",
    "closed",
    "constant",
    "gamma",
    "lengths",
    "mix",
    "mlperf",
    "poisson",
    "ramp",
    "replay",
    "spike",
    "steps",
    "synthetic",
    "then",
    "trace",
]
