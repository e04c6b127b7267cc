"""What a case holds: called, it measures; at the end, it is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from pytest_fmbench.load.arrivals import Load, poisson
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.objective import Objective, Sla
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.baselines.against import Reference
from pytest_fmbench.runs.capacities.capacity import Capacity
from pytest_fmbench.runs.capacities.case import Capacities
from pytest_fmbench.runs.capacities.probes import Arrivals, Wanted, budget_of, sla_of
from pytest_fmbench.runs.capacities.told import Plain
from pytest_fmbench.runs.checks import see_that_it_can_be_judged
from pytest_fmbench.runs.comparing.case import Blocked, Comparisons, Pair
from pytest_fmbench.runs.comparing.compare import PAIRS, Comparison
from pytest_fmbench.runs.given import see_deployments
from pytest_fmbench.runs.harness.tasks import Harness
from pytest_fmbench.runs.measure import Measuring, Question, measure
from pytest_fmbench.runs.observer import Stage
from pytest_fmbench.runs.pool import Pool
from pytest_fmbench.runs.qualities.case import Qualities
from pytest_fmbench.runs.qualities.examining import Examiner, Unfitted
from pytest_fmbench.runs.qualities.quality import Quality
from pytest_fmbench.runs.qualities.reading import StoreText
from pytest_fmbench.runs.qualities.wanted import Wanted as WantedAnswers
from pytest_fmbench.runs.ready.preflight import Finding
from pytest_fmbench.runs.ready.readying import readied
from pytest_fmbench.runs.replays.playing import see_that_it_can_be_read
from pytest_fmbench.runs.rounds import measure_in_rounds, see_that_it_can_be_renewed
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.sampling.watching import Watching
from pytest_fmbench.runs.subjects import conditions_under, items_told, subject_of
from pytest_fmbench.runs.summary import Summary, summarise
from pytest_fmbench.runs.terms import Wishes, terms_of
from pytest_fmbench.runs.verdicts.case import hold_against, judge_case
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.stats.capacity import PRECISION

_SEED = 0
"""Of what a case asks, the same in each session."""


@dataclass(repr=False)
class Bench:
    """The ``fmbench`` of one case.

    :param case: what reports call it.
    :param folder: where its records go.
    :param objectives: its SLA.
    :param duration_s: length of a window, unless a call says otherwise, in seconds.
    :param sequential: whether a window ends as soon as its objectives are decided.
    :param reference: what its judged runs are held against; None is nothing.
    :param watching: how each run is sampled beside its load; None samples nothing.
    :param promised: what its SLA says of answers.
    :param keep: how much of answers is kept.
    """

    case: str
    folder: Path
    objectives: Sequence[Objective]
    pool: Pool
    how: Measuring
    strictness: Strictness
    duration_s: float
    sequential: bool = True
    reference: Reference | None = None
    watching: Watching | None = None
    promised: Sequence[Objective] = ()
    keep: StoreText = StoreText.HASH
    runs: list[Run] = field(default_factory=list)
    _subjects: list[Summary] = field(default_factory=list)
    qualities: Qualities = field(init=False)
    comparisons: Comparisons = field(init=False)
    searches: Capacities = field(init=False)

    def __post_init__(self) -> None:
        given = (self.case, self.folder, self.pool)
        self.comparisons = Comparisons(*given, self.how, self._how, self.duration_s)
        self.searches = Capacities(*given, self._how, self.duration_s)
        session = self.folder.parent.parent
        examiner = Examiner(self.pool, self.how, self.case, session / "answers", self.keep)
        self.qualities = Qualities(examiner, session / "qualities" / self.folder.name, session, self.promised)

    def __repr__(self) -> str:
        return f"<fmbench of {self.case}>"

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
    ) -> Run:
        """Measure ``deployment`` under ``workload`` and ``load``.

        :param duration: length of the window at most, as ``"30s"`` or in seconds; where it is not given that of the
            load's shape, and the session's where the load has none. A shape is never cut off.
        :param requests: ends the window once so many requests have begun in it.
        :param tokens: ends it once about so many tokens were asked for, input and output, warm-up and drain included.
        :param usd: ends it once the server has cost so many dollars since the run began.
        :param warmup: before the window, as ``"5s"`` or in seconds; ``"auto"`` is a sixth of it, at most 5 s, a reply
            for every user, and, unless the load has a shape, what the window itself shows not to have been steady yet.
            See docs/steady-state.md.
        :param rounds: so many new servers share the window's length and requests, each with a warm-up of its own; how
            they differ enters every interval. See docs/rounds.md.
        :param judged: whether the case's SLA is about this run; False for one that only finds something out.
        :param name: what reports call the run; the case's name where it is not given.
        :raises UsageError: for a value that cannot be measured with.
        :raises EnvironmentFault: when the server or the load process broke.
        """
        see_deployments(deployment)
        objectives = tuple(self.objectives) if judged else ()
        wishes = Wishes(duration, requests, tokens, usd, warmup, rounds)
        price = partial(self.pool.usd_per_hour, deployment)
        terms = terms_of(load, workload, wishes, self.duration_s, price=price, what=deployment.id)
        play, given = terms.play, terms.warmup_s
        see_that_it_can_be_judged(workload, requests, objectives, self.how.metrics, self.strictness.confidence)
        see_that_it_can_be_read(play.workload)
        self.how.observer.enter(Stage.PROVISION)
        server = self.pool.acquire(deployment)
        see_that_it_can_be_renewed(deployment.id, rounds, foreign=server.foreign)
        self.how.observer.enter(Stage.CHECK)
        asked, finding = self._readied(deployment, play.workload)
        self.how.observer.leave()
        nth = len(self.runs) + 1
        title = name or (f"{self.case} #{nth}" if any(run.name == self.case for run in self.runs) else self.case)
        folder = self.folder if nth == 1 else self.folder.with_name(f"{self.folder.name}.{nth}")
        strictness, how = self._strictness(objectives), self._how(deployment)
        question = Question(title, asked, play.load, terms.limits, objectives, seed=_SEED, strictness=strictness)
        question = replace(question, tokens=tokens, settle=given is None)
        if rounds > 1:
            renew, each = partial(self.pool.renew, deployment), finding.input_tokens
            run = measure_in_rounds(question, rounds, renew, warmup_s=given, folder=folder, how=how, input_tokens=each)
        else:
            run = measure(question, server, folder, how, finding.input_tokens)
        subject = subject_of(self.case, deployment, workload, play.load, objectives) | play.told(asked)
        subject |= items_told(how.dialects[server.endpoint.dialect]())
        conditions = conditions_under(deployment, server, play, asked, finding.fingerprint, seed=_SEED)
        self.runs.append(run)
        self._subjects.append(subject | {"judged": judged, "conditions": conditions})
        return run

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
    ) -> Comparison:
        """Measure two deployments in turns, block by block, with the same arrivals and prompts in each pair of blocks.

        No SLA is about these blocks: assert what the comparison says, such as
        ``comparison.ttft.p95.ratio.high < 1.05``, or see :meth:`Comparison.judged`.

        :param duration: of all blocks of one deployment together, as ``"2min"`` or in seconds; where it is not given
            the session's, or, of a load with a shape, as long as each block needs to hold the whole of it.
        :param pairs: so many blocks each, four at least, better an even number.
        :param warmup: before each block, as ``"5s"`` or in seconds; ``"auto"`` is a sixth of it, at most 5 s, and a
            reply for every user.
        :raises UsageError: for a value that cannot be measured with.
        :raises EnvironmentFault: when a server or a load process broke.
        :raises InvalidMeasurement: when our own error could pass for a difference.
        """
        blocked = Blocked(duration, pairs, warmup)
        return self.comparisons.add(Pair(baseline, candidate), workload, load, blocked, name)

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
    ) -> Capacity:
        """Search for the largest open-loop rate of ``deployment`` that holds an SLA; see docs/capacity.md.

        :param sla: what must hold; the case's where it is not given.
        :param start: the first rate, in requests a second; that of a single user where it is not given.
        :param requests: that all probes may take together; any number where it is not given.
        :param duration: that they may take, as ``"5min"`` or in seconds; ten of the session's windows where neither is.
        :param precision: the width of the interval that is wanted, as a share of the rate.
        :param arrivals: the load of a rate.
        :raises UsageError: for a value that cannot be searched with, or an SLA that has no capacity.
        :raises EnvironmentFault: when the server or a load process broke.
        :raises InvalidMeasurement: when our own error could change what probes near the capacity say.
        """
        objectives = sla_of(sla, self.objectives, self.how.metrics)
        budget = budget_of(requests, duration, self.duration_s)
        title, level = name or f"{self.case} capacity", self.how.confidence
        wanted = Wanted(title, objectives, self.how.metrics, budget, arrivals, level, precision, start)
        return self.searches.add(deployment, workload, wanted)

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
        judged: bool = True,
        name: str | None = None,
    ) -> Quality:
        """Ask each item of ``task`` once and mark the answers; see docs/quality.md.

        What an earlier call of the session was answered, or the session before it was resumed, is not asked again.

        :param baseline: another deployment that is asked the same, to be held against.
        :param requests: only so many items, the first.
        :param concurrency: how many are asked at a time.
        :param alone: whether all are asked one at a time too, to see whether company changes answers.
        :param fields: of each request's JSON; greedy decoding where they are not given.
        :param judged: whether what the case's SLA says of answers is about these.
        :raises UsageError: for a value that cannot be asked with, or an objective that these answers cannot decide.
        :raises EnvironmentFault: when a server broke, or nobody answers.
        :raises InvalidMeasurement: when every request failed.
        """
        wanted = WantedAnswers(deployment, task, baseline, requests, concurrency, alone, fields)
        return self.qualities.add(wanted, judged=judged, name=name)

    def _readied(self, deployment: Deployment, workload: Workload) -> tuple[Workload, Finding]:
        return readied(self.pool.acquire(deployment), workload, self.how, self.case)

    def _how(self, deployment: Deployment) -> Measuring:
        """How ``deployment`` is measured."""
        watch = None if self.watching is None else partial(self.watching.of, deployment)
        return replace(self.how, watch=watch)

    def _strictness(self, objectives: Sequence[Objective]) -> Strictness | None:
        """How sure to be of a run before it ends; those before it in the case have their part of the confidence."""
        if not (self.sequential and objectives):
            return None
        runs = sum(bool(run.objectives) for run in self.runs)
        return replace(self.strictness, judged_runs=1 + runs + self.qualities.judged)

    def judge(self) -> list[Run]:
        """Give every run its verdicts and write its ``case.json``; returns the runs.

        :raises StoreError: when that cannot be written, or the baseline cannot be read.
        """
        self.how.observer.enter(Stage.JUDGE)
        others = self.qualities.judged
        judge_case(self.runs, self._subjects, self.strictness, others)
        runs = sum(bool(run.objectives) for run in self.runs)
        self.qualities.judge(replace(self.strictness, judged_runs=max(1, runs + others)))
        if self.reference is not None:
            hold_against(self.reference, self.runs, self._subjects, self.strictness)
        self.how.observer.leave()
        return self.runs

    @property
    def capacities(self) -> list[Plain]:
        """What was searched for, as plain values."""
        return self.searches.told

    def summaries(self) -> list[Summary]:
        """The runs as plain values."""
        return [summarise(run, subject) for run, subject in zip(self.runs, self._subjects, strict=True)]
