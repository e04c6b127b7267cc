"""What a case holds under ``--fmbench-plan``: asked to measure, it plans, and ends the case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.load.arrivals import Closed, Load, poisson
from pytest_fmbench.metrics.base import Metric
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.objective import Objective, Sla
from pytest_fmbench.model.price import told_by
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.bench import Bench
from pytest_fmbench.runs.capacities.probes import Arrivals, Wanted, budget_of, sla_of
from pytest_fmbench.runs.checks import seconds_of, see_that_it_can_be_judged, window_of
from pytest_fmbench.runs.comparing.compare import PAIRS, see_that_they_suffice
from pytest_fmbench.runs.given import see_deployments, see_workload
from pytest_fmbench.runs.harness.tasks import Harness
from pytest_fmbench.runs.measure import limits_of
from pytest_fmbench.runs.plans.pairs import AskedPairs, plan_comparison
from pytest_fmbench.runs.plans.past import Subject, of_any_case, of_case
from pytest_fmbench.runs.plans.past_pairs import PairsSubject, of_comparison
from pytest_fmbench.runs.plans.plan import Asked, Plan, plan_run
from pytest_fmbench.runs.pool import Pool
from pytest_fmbench.runs.qualities.examining import Unfitted
from pytest_fmbench.runs.qualities.foreseen import foreseen
from pytest_fmbench.runs.qualities.wanted import Wanted as WantedAnswers
from pytest_fmbench.runs.replays.playing import played
from pytest_fmbench.runs.rounds import limits_of_each, see_that_it_can_be_renewed
from pytest_fmbench.runs.terms import Wishes, terms_of
from pytest_fmbench.runs.verdicts.sequential import Judged, Strictness
from pytest_fmbench.stats.capacity import PRECISION

Tell = Callable[[Plan], NoReturn]
"""Told the plan of the first question; ends the case, since nothing comes back."""


def unknown(why: str) -> Plan:
    """The plan of a case of which nothing can be known."""
    return {"kind": "unknown", "why": why}


@dataclass(repr=False)
class PlanningBench:
    """The ``fmbench`` of one case that is planned. It takes what :class:`~pytest_fmbench.runs.bench.Bench` takes.

    No server is asked for: of ``pool`` only what it knows beforehand.

    :param sessions: folder of the earlier sessions.
    """

    case: str
    folder: Path
    objectives: Sequence[Objective]
    pool: Pool
    dialects: Registry[Callable[[], Dialect]]
    metrics: Registry[Metric]
    strictness: Strictness
    duration_s: float
    sequential: bool
    sessions: Path
    tell: Tell

    def __repr__(self) -> str:
        return f"<fmbench of {self.case}, which plans>"

    def __call__(
        self,
        deployment: Deployment,
        workload: Workload,
        load: Load,
        *,
        duration: float | str | None = None,
        requests: int | None = None,
        tokens: int | None = None,
        usd: float | None = None,
        warmup: float | str = "auto",
        rounds: int = 1,
        judged: bool = True,
        name: str | None = None,
    ) -> NoReturn:
        """Plan a measurement.

        :raises UsageError: as the measurement would, as far as it is known beforehand.
        """
        objectives = tuple(self.objectives) if judged else ()
        wishes, rate = Wishes(duration, requests, tokens, usd, warmup, rounds), self._usd_per_hour(deployment)
        terms = terms_of(load, workload, wishes, self.duration_s, price=lambda: rate, what=deployment.id)
        see_that_it_can_be_judged(workload, requests, objectives, self.metrics, self.strictness.confidence)
        see_that_it_can_be_renewed(deployment.id, rounds, foreign=rate is None)
        by = Judged(objectives, self.metrics, open_loop=not isinstance(load, Closed))
        asked = Asked(
            name or self.case,
            deployment.id,
            repr(workload),
            terms.play.load,
            terms.limits,
            by,
            self.strictness,
            self.sequential and not by.of_tasks,
            [rate],
            tuple(limits_of_each(terms.limits, rounds, terms.warmup_s)),
            tokens,
        )
        subject = Subject(asked.deployment, asked.workload, str(load))
        self.tell(
            plan_run(asked, of_case(self.sessions, self.folder.name, self.case, subject)) | self._beside(deployment)
        )

    def compare(
        self,
        baseline: Deployment,
        candidate: Deployment,
        workload: Workload,
        load: Load,
        *,
        duration: float | str | None = None,
        pairs: int = PAIRS,
        warmup: float | str = "auto",
        name: str | None = None,
    ) -> NoReturn:
        """Plan a comparison.

        :raises UsageError: as the comparison would, as far as it is known beforehand.
        """
        see_that_they_suffice(pairs)
        play = played(load, workload)
        length_s = window_of(play.load, duration, self.duration_s, windows=pairs)
        limits = limits_of(length_s / pairs, None, play.warmup(seconds_of(warmup)))
        rates = [self._usd_per_hour(one) for one in dict.fromkeys((baseline, candidate))]
        title = name or f"{self.case} comparison"
        asked = AskedPairs(title, baseline.id, candidate.id, repr(workload), play.load, limits, pairs, rates)
        earlier = of_comparison(self.sessions, PairsSubject(baseline.id, candidate.id, asked.workload, str(load)))
        found = of_any_case(self.sessions, Subject(baseline.id, asked.workload, str(load)))
        self.tell(plan_comparison(asked, earlier, found, self.metrics) | self._beside(baseline, candidate))

    def capacity(
        self,
        deployment: Deployment,
        workload: Workload,
        sla: Sla | str | Sequence[str] | None = None,
        *,
        start: float | None = None,
        requests: int | None = None,
        duration: float | str | None = None,
        precision: float = PRECISION,
        arrivals: Arrivals = poisson,
        name: str | None = None,
    ) -> NoReturn:
        """Plan a search: what it takes at most, since where it goes depends on what it finds.

        :raises UsageError: as the search would, as far as it is known beforehand.
        """
        budget = budget_of(requests, duration, self.duration_s)
        objectives = sla_of(sla, self.objectives, self.metrics)
        title, level = name or f"{self.case} capacity", self.strictness.confidence
        Wanted(title, objectives, self.metrics, budget, arrivals, level, precision, start)
        self._usd_per_hour(deployment)
        see_workload(workload)
        told = unknown(f"a search for the capacity takes {budget} at most, as many probes as it needs")
        self.tell(told | self._beside(deployment))

    def quality(
        self,
        deployment: Deployment,
        task: Task | Unfitted | Harness,
        *,
        baseline: Deployment | None = None,
        requests: int | None = None,
        concurrency: int = 4,
        alone: bool = False,
        fields: Mapping[str, object] | None = None,
        judged: bool = True,  # noqa: ARG002  # as the real one takes it
        name: str | None = None,  # noqa: ARG002  # likewise
    ) -> NoReturn:
        """Plan the questions of a task, and those to its judges.

        :raises UsageError: as they would, as far as it is known beforehand.
        """
        wanted = WantedAnswers(deployment, task, baseline, requests, concurrency, alone, fields)
        for one in wanted.deployments:
            self._usd_per_hour(one)
        self.tell(unknown(foreseen(wanted)) | self._beside(*wanted.deployments))

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        """Whatever else the real one measures with ends the case too."""
        if name.startswith("_") or not callable(getattr(Bench, name, None)):
            raise AttributeError(f"fmbench has no attribute {name!r}")

        def end(*_: object, **__: object) -> NoReturn:
            self.tell(unknown(f"what fmbench.{name}(...) takes is not known beforehand"))

        return end

    def _beside(self, *deployments: Deployment) -> Plan:
        """How the model of each fits, as far as its server is ours, and what those that cost are paid by the hour."""
        told = {one.id: self.pool.fitting(one) for one in deployments}
        fits = {name: text for name, text in told.items() if text is not None}
        rates = {one.id: self.pool.usd_per_hour(one) for one in deployments}
        paid = [one for one in deployments if rates[one.id]]
        said = {one.id: told_by(tariff) for one in paid if (tariff := self.pool.tariff(one)) is not None}
        return {"fit": fits, "hourly": {one.id: rates[one.id] for one in paid}, "priced_by": said}

    def _usd_per_hour(self, deployment: Deployment) -> float | None:
        """What its server costs.

        :raises UsageError: for a deployment that can be seen to be wrong.
        """
        see_deployments(deployment)
        self.dialects[deployment.dialect]
        self.pool.check(deployment)
        return self.pool.usd_per_hour(deployment)
