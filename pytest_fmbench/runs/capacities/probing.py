"""Measuring the probes of a search, one run each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pytest_fmbench.clock import NS_PER_S, monotonic_ns
from pytest_fmbench.load.arrivals import Closed, Load
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.platforms.base import Server
from pytest_fmbench.runs.measure import Measuring, Question, measure
from pytest_fmbench.runs.run import Run
from pytest_fmbench.stats.capacity import Probe

_LATEST = 2.0
"""Times its expected length that a window may take to have so many requests."""


@dataclass
class Prober:
    """Measures one probe after the other, each with a schedule and prompts of its own.

    :param server: asked for before each, since it may have to be started again.
    :param folder: where the records of the probes go.
    :param window_s: of the probe in which requests are alone, at most.
    """

    server: Callable[[], Server]
    workload: Workload
    objectives: tuple[Objective, ...]
    folder: Path
    how: Measuring
    input_tokens: int
    window_s: float
    _nth: int = field(default=0)

    def __call__(self, load: Load, probe: Probe, name: str) -> tuple[Run, float]:
        """The run, and how many seconds it took.

        :raises EnvironmentFault: when the server or a load process broke.
        """
        begun_ns, nth, server = monotonic_ns(), self._nth, self.server()
        self._nth += 1
        limits = limits_of_probe(probe, self.window_s if isinstance(load, Closed) else None)
        question = Question(name, self.workload, load, limits, self.objectives, seed=nth)
        run = measure(question, server, self.folder / f"{nth:03d}", self.how, self.input_tokens)
        return run, (monotonic_ns() - begun_ns) / NS_PER_S


def limits_of_probe(probe: Probe, window_s: float | None) -> Limits:
    """The phases of a probe: its window ends with its requests.

    :param window_s: of one without a rate.
    """
    if window_s is not None:
        return Limits(0.0, window_s, probe.requests)
    return Limits(probe.warm_up / probe.rate, _LATEST * probe.requests / probe.rate, probe.requests)
