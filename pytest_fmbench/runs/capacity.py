"""The largest open-loop rate that holds an SLA: what ``fmbench.capacity(...)`` does and returns."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from pytest_fmbench.errors import InvalidMeasurement, UsageError
from pytest_fmbench.load.arrivals import Closed, Load, OpenLoop
from pytest_fmbench.metrics.base import Metric
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Objective, Outcome, Sla, Verdict
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.units import Unit
from pytest_fmbench.runs.certify import problems
from pytest_fmbench.runs.promises import judged_metric
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.steadiness import piles_up
from pytest_fmbench.sla import aim_of, interval_confidence, judge, parse, score
from pytest_fmbench.stats.capacity import NARROW, Aim, Answer, Budget, Found, Probe, Search

WINDOWS = 10
"""Times the session's window that a search may take, where nothing else is said."""

ALONE = 30
"""Requests of the probe in which each is alone: it tells the first rate, and whether any rate can hold the SLA."""

_ALONE_RATE = 1.0 / 16.0
_JUDGED_AT_ONCE = 30

Arrivals = Callable[[float], Load]
"""The load of a rate in requests a second, such as :func:`pytest_fmbench.poisson`."""

Measure = Callable[[Load, Probe, str], tuple[Run, float]]
"""Measures a probe, under a name; the run, and how many seconds it took."""


@dataclass(frozen=True)
class Probed:
    """A rate that was tried.

    :param rate: in requests a second; 0 of the probe in which requests were alone.
    :param verdicts: what it alone says of each objective, at a level that is divided over the probes.
    :param unstable: what waits grew for as long as it lasted.
    """

    rate: float
    run: Run
    verdicts: tuple[Verdict, ...]
    unstable: bool

    @property
    def outcome(self) -> str:
        """``holds``, ``fails`` or ``open``; ``unstable`` where requests pile up."""
        outcomes = {verdict.outcome for verdict in self.verdicts}
        if Outcome.FAIL in outcomes:
            return "fails"
        if self.unstable:
            return "unstable"
        return "open" if Outcome.INCONCLUSIVE in outcomes else "holds"


@dataclass
class Capacity:
    """The largest rate that holds an SLA: ``capacity.rate``, with ``.low`` and ``.high``, in requests a second.

    :param rate: 0 where no rate holds; ``low`` is 0 and ``high`` inf where the probes do not tell.
    :param limiting: the objective that sets it; None where none was met.
    :param precise: whether the interval is as narrow as was asked for; else the budget was spent.
    :param probes: what was tried, in order of time.
    :param why: a sentence for people.
    """

    name: str
    objectives: tuple[Objective, ...]
    rate: Estimate
    limiting: Objective | None
    precise: bool
    probes: tuple[Probed, ...] = field(repr=False)
    seconds: float
    why: str

    @property
    def requests(self) -> int:
        """All that were sent, with those of warm-ups."""
        return sum(one.run.requests.num_rows for one in self.probes)


@dataclass(frozen=True)
class Wanted:
    """What a search is about.

    :param objectives: the SLA, with the promises of each request.
    :param start: the first rate, in requests a second; None is that of one user.
    """

    name: str
    objectives: tuple[Objective, ...]
    metrics: Registry[Metric]
    budget: Budget
    arrivals: Arrivals
    confidence: float
    precision: float
    start: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.arrivals(1.0), OpenLoop):
            raise UsageError("a capacity is a rate of an open loop: arrivals takes a rate, as poisson and constant do")
        self.search(1.0 if self.start is None else self.start, None)  # so that a mistake shows before a run

    @property
    def judged(self) -> list[Objective]:
        """The objectives that are judged; those of each request define goodput."""
        return [one for one in self.objectives if not one.per_request]

    @property
    def aims(self) -> list[Aim]:
        """One for each of those.

        :raises UsageError: for one that does not get worse with the rate.
        """
        return [aim_of(one, self.metrics[one.metric]) for one in self.judged]

    def search(self, start: float, floor: float | None) -> Search:
        """Before the first probe."""
        return Search(self.aims, self.budget, start, self.confidence, self.precision, floor)

    def probed(self, rate: float, run: Run) -> Probed:
        """A probe with what it says alone."""
        level = interval_confidence((1.0 + self.confidence) / 2.0, len(self.judged) * _JUDGED_AT_ONCE)
        verdicts = []
        for one in self.judged:
            estimate = run.figures.estimate(judged_metric(one, open_loop=True), one.statistic, level)
            verdicts.append(judge(one, estimate, tolerance=0.0))
        return Probed(rate, run, tuple(verdicts), bool(rate) and piles_up(run))

    def answer(self, probed: Probed, seconds: float) -> Answer:
        """What a probe tells the search."""
        run = probed.run
        means = (score(one, run.figures.samples(judged_metric(one, open_loop=True))) for one in self.judged)
        sure = {Outcome.PASS: True, Outcome.FAIL: False}
        return Answer(
            probed.rate,
            max(1, run.figures.measurement.window_requests.num_rows),
            tuple(means),
            probed.unstable,
            tuple(sure.get(verdict.outcome) for verdict in probed.verdicts),
            run.requests.num_rows,
            seconds,
        )


def search(wanted: Wanted, measure: Measure, tell: Callable[[str], None]) -> Capacity:
    """Search for the capacity.

    :param tell: told, for people, what each probe says.
    :raises InvalidMeasurement: where our own error could change what probes near the capacity say.
    """
    run, seconds = measure(Closed(1), Probe(0.0, ALONE, 1), f"{wanted.name}, alone")
    alone = wanted.probed(0.0, run)
    start = float(run.request_rate)
    broken = [nth for nth, verdict in enumerate(alone.verdicts) if verdict.outcome is Outcome.FAIL]
    if broken or not start > 0.0:
        nothing = Found(0.0, 0.0, 0.0, broken[0]) if broken else Found(0.0, 0.0, math.inf, None)
        return _capacity(wanted, nothing, [alone], seconds)
    found = wanted.search(start if wanted.start is None else wanted.start, start * _ALONE_RATE)
    spent = Answer(0.0, ALONE, (), spent=run.requests.num_rows, seconds=seconds)
    found = replace(found, budget=wanted.budget.without(spent))
    probes = [alone]
    while (probe := found.next()) is not None:
        load = wanted.arrivals(probe.rate)
        run, took = measure(load, probe, f"{wanted.name}, {load}")
        probes.append(wanted.probed(probe.rate, run))
        found, seconds = found.after(wanted.answer(probes[-1], took)), seconds + took
        tell(f"{probe.rate:.4g} req/s {probes[-1].outcome}; capacity {_estimate(wanted, found.found(), probes).interval()}")
    _see_that_it_was_in_time(wanted, found.found(), probes)
    return _capacity(wanted, found.found(), probes, seconds)


def sla_of(
    given: Sla | str | Sequence[str] | None, of_case: Sequence[Objective], metrics: Registry[Metric]
) -> tuple[Objective, ...]:
    """The objectives that a call names, else the case's.

    :raises UsageError: for none, for what is no SLA, and for one of nothing but promises of each request.
    """
    if given is not None and not isinstance(given, (Sla, str)) and not _is_texts(given):
        hint = "; the search chooses the load itself, so leave it out" if isinstance(given, (Closed, OpenLoop)) else ""
        raise UsageError(f"sla={given!r}: give objectives as text, or an Sla{hint}")
    texts = given.objectives if isinstance(given, Sla) else [given] if isinstance(given, str) else given
    found = tuple(of_case) if texts is None else tuple(parse(text, metrics) for text in texts)
    if not found:
        raise UsageError(
            "a capacity is the largest rate that holds an SLA: mark the case with sla(...), or give sla='ttft.p95 < 2s'"
        )
    if all(one.per_request for one in found):
        raise UsageError(
            f"{found[0].text!r} is about each request and defines goodput, so say how much of it is needed, "
            "such as 'goodput >= 95%', or give it a statistic, such as p95"
        )
    return found


def budget_of(requests: int | None, duration: float | None, window_s: float) -> Budget:
    """What a search may take: what a call names, else the session's window some times over.

    :raises UsageError: for what is no positive number.
    """
    if requests is not None and (isinstance(requests, bool) or not isinstance(requests, int) or requests < 1):
        raise UsageError(f"requests={requests!r}: a search takes a whole number of requests, from 1")
    if duration is not None and not (isinstance(duration, (int, float)) and 0 < duration < math.inf):
        raise UsageError(f"duration={duration!r}: give a search a positive number of seconds")
    if duration is None and requests is None:
        duration = WINDOWS * window_s
    return Budget(requests, duration)


def _capacity(wanted: Wanted, found: Found, probes: Sequence[Probed], seconds: float) -> Capacity:
    limiting = None if found.limiting is None else wanted.judged[found.limiting]
    rate, objectives = _estimate(wanted, found, probes), wanted.objectives
    why = _told(found, limiting, probes)
    return Capacity(wanted.name, objectives, rate, limiting, found.precise, tuple(probes), seconds, why)


def _estimate(wanted: Wanted, found: Found, probes: Sequence[Probed]) -> Estimate:
    n = sum(one.run.figures.measurement.window_requests.num_rows for one in probes)
    ends = (found.rate, found.low, found.high)
    return Estimate(*ends, n, name="capacity", unit=Unit.REQUEST_RATE, confidence=wanted.confidence)


def _told(found: Found, limiting: Objective | None, probes: Sequence[Probed]) -> str:
    if found.rate == 0.0 and limiting is not None:
        verdict = next(one for one in probes[-1].verdicts if one.objective == limiting)
        return f"no rate holds {limiting.text}: {verdict.reason}"
    if found.rate == 0.0:
        return "not one request succeeded, so that no rate could be chosen"
    what = f"set by {limiting.text}" if limiting is not None else "no rate that was tried broke an objective"
    return what if found.precise else f"{what}; the budget was spent before the interval was as narrow as wanted"


def _see_that_it_was_in_time(wanted: Wanted, found: Found, probes: Iterable[Probed]) -> None:
    near = (one for one in probes if found.rate / NARROW <= one.rate <= found.rate * NARROW and one.rate)
    wrong = next((problem for one in near for problem in problems(one.run, wanted.judged)), None)
    if wrong is not None:
        raise InvalidMeasurement(f"{wanted.name}: {wrong}")


def _is_texts(given: object) -> bool:
    return isinstance(given, (list, tuple)) and all(isinstance(one, str) for one in given)
