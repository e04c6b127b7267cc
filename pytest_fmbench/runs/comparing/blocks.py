"""Measuring the blocks of a comparison, one run each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_fmbench.load.arrivals import Load
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.runs.comparing.compare import see_that_it_was_in_time
from pytest_fmbench.runs.comparing.turns import Turns
from pytest_fmbench.runs.measure import Measuring, Question, measure
from pytest_fmbench.runs.ready.preflight import Finding
from pytest_fmbench.runs.run import Run


@dataclass(frozen=True)
class Blocks:
    """Measures a block of either deployment; those of a pair have the same arrivals and prompts.

    :param turns: both deployments, asked for the server before each block.
    :param readied: what each is asked, and what was found out by asking once.
    :param limits: of each block.
    :param how: each deployment is measured.
    :param folder: where the records of the blocks go.
    """

    title: str
    pairs: int
    turns: Turns
    readied: Mapping[Deployment, tuple[Workload, Finding]]
    load: Load
    limits: Limits
    how: Callable[[Deployment], Measuring]
    folder: Path

    def __call__(self, arm: str, pair: int, place: int) -> Run:
        """The run of one block.

        :raises EnvironmentFault: when the server or a load process broke.
        :raises InvalidMeasurement: when requests were sent too late for it to be held against others.
        """
        deployment = self.turns.baseline if arm == "baseline" else self.turns.candidate
        asked, finding = self.readied[deployment]
        question = Question(f"{self.title}, {arm} {pair + 1} of {self.pairs}", asked, self.load, self.limits, seed=pair)
        server, where = self.turns.server_of(deployment), self.folder / f"{place:03d}-{arm}"
        run = measure(question, server, where, self.how(deployment), finding.input_tokens)
        see_that_it_was_in_time(run)
        return run
