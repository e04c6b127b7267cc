"""What a search for the capacity is asked, and what each probe says of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pytest_fmbench.errors import UsageError
from pytest_fmbench.load.arrivals import Closed, Load, shape_of
from pytest_fmbench.metrics.base import Metric
from pytest_fmbench.model.objective import Objective, Outcome, Sla, Verdict
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.units import seconds_in
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.verdicts.certify import problems
from pytest_fmbench.runs.verdicts.promises import judged_metric
from pytest_fmbench.runs.verdicts.steadiness import piles_up, surely_served
from pytest_fmbench.sla import aim_of, interval_confidence, judge, parse, score
from pytest_fmbench.stats.capacity import FITTED, LIVES, Aim, Answer, Budget, Search, beyond

WINDOWS = 10
"""Times the session's window that a search may take, where nothing else is said."""

_JUDGED_AT_ONCE = 30
"""Probes that the confidence of what single ones say is divided over."""

_NOT_SERVED = 0.001
"""Risk that a probe says a rate to be served which is not, or the reverse: of many the extremes count."""

_LEAST_S = 3.0
"""That a window lasts: to begin one takes about as long."""

Arrivals = Callable[[float], Load]
"""The load of a rate in requests a second, such as :func:`pytest_fmbench.poisson`."""


@dataclass(frozen=True)
class Probed:
    """A rate that was tried.

    :param rate: in requests a second; 0 of the probe in which requests were alone.
    :param verdicts: what it alone says of each objective, at a level that is divided over the probes.
    :param unstable: what waits grew for as long as it lasted.
    :param unserved: longer and longer windows showed that it does.
    """

    rate: float
    run: Run
    verdicts: tuple[Verdict, ...]
    unstable: bool
    unserved: bool = False

    @property
    def outcome(self) -> str:
        """``holds``, ``fails`` or ``open``; ``unstable`` where requests pile up."""
        outcomes = {verdict.outcome for verdict in self.verdicts}
        if Outcome.FAIL in outcomes:
            return "fails"
        if self.unstable:
            return "unstable"
        return "open" if Outcome.INCONCLUSIVE in outcomes else "holds"


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
        load = self.arrivals(1.0) if callable(self.arrivals) else self.arrivals
        if not callable(self.arrivals) or not _opens(load) or shape_of(load):
            raise UsageError(
                f"arrivals gives {load!r}: a capacity is a steady rate of an open loop, so give a function that makes "
                "such a load of a rate, as poisson and constant do"
            )
        # so that a mistake shows before a run
        self.search(1.0 if self.start is None else self.start, None, self.budget)

    @property
    def judged(self) -> list[Objective]:
        """The objectives that are judged at each rate; those of each request define goodput."""
        return [one for one in self.objectives if not one.per_request and one not in self.priced]

    @property
    def priced(self) -> list[Objective]:
        """Those that count dollars, which are judged at the capacity."""
        return [one for one in self.objectives if self.metrics[one.metric].priced]

    @property
    def aims(self) -> list[Aim]:
        """One for each of those.

        :raises UsageError: for one that does not get worse with the rate.
        """
        return [aim_of(one, self.metrics[one.metric]) for one in self.judged]

    def search(self, start: float, floor: float | None, budget: Budget, alone_s: float = 0.0) -> Search:
        """Before the first probe.

        :param alone_s: how long a request takes that is alone.
        """
        least_s = max(_LEAST_S, LIVES * alone_s)
        return Search(self.aims, budget, start, self.confidence, self.precision, floor, least_s)

    def probed(self, rate: float, run: Run, *, untold: bool = False, unserved: bool = False) -> Probed:
        """A probe with what it says alone.

        :param untold: no window was long enough to tell whether requests pile up.
        :param unserved: longer and longer windows showed that they do; where neither, the run itself says.
        """
        share = len(self.judged) * (_JUDGED_AT_ONCE if rate else 1)
        level = interval_confidence(1.0 - (1.0 - FITTED) * (1.0 - self.confidence) / 2.0, share)
        verdicts = []
        for one in self.judged:
            estimate = run.figures.estimate(judged_metric(one, open_loop=True), one.statistic, level)
            verdicts.append(judge(one, estimate, tolerance=0.0))
        unstable = untold or unserved or (bool(rate) and piles_up(run))
        return Probed(rate, run, tuple(verdicts), unstable, unserved)

    def late(self, run: Run) -> str | None:
        """Why a probe cannot be counted: our own error could change what it says. None where it can."""
        return next(problems(run, self.judged), None)

    def broken(self, run: Run) -> list[Objective]:
        """The objectives that are broken, as values."""
        each = zip(self.judged, self.aims, self._means(run), strict=True)
        return [objective for objective, aim, mean in each if beyond(aim, mean)]

    def answer(self, probed: Probed, seconds: float, aside: int = 0) -> Answer:
        """What a probe tells the search.

        :param aside: requests that were spent on it besides.
        """
        run = probed.run
        served, unserved = surely_served(run, _NOT_SERVED)
        sure = {Outcome.PASS: True, Outcome.FAIL: False}
        return Answer(
            probed.rate,
            max(1, run.figures.measurement.window_requests.num_rows),
            self._means(run),
            probed.unstable,
            tuple(sure.get(verdict.outcome) for verdict in probed.verdicts),
            run.requests.num_rows + aside,
            seconds,
            served,
            unserved or probed.unserved,
        )

    def _means(self, run: Run) -> tuple[float, ...]:
        """The mean score by each objective."""
        return tuple(score(one, run.figures.samples(judged_metric(one, open_loop=True))) for one in self.judged)


def sla_of(
    given: Sla | str | Sequence[str] | None, of_case: Sequence[Objective], metrics: Registry[Metric]
) -> tuple[Objective, ...]:
    """The objectives that a call names, else the case's.

    :raises UsageError: for none, for what is no SLA, and for one of nothing but promises of each request.
    """
    if given is not None and not isinstance(given, (Sla, str)) and not _is_texts(given):
        hint = (
            "; the search chooses the load itself, so leave it out"
            if isinstance(given, Closed) or _opens(given)
            else ""
        )
        raise UsageError(f"sla={given!r}: give objectives as text, or an Sla{hint}")
    texts = given.objectives if isinstance(given, Sla) else [given] if isinstance(given, str) else given
    found = tuple(of_case) if texts is None else tuple(parse(text, metrics) for text in texts)
    if not found:
        raise UsageError(
            "a capacity is the largest rate that holds an SLA: mark the case with sla(...), or give sla='ttft.p95 < 2s'"
        )
    if all(metrics[one.metric].priced for one in found):
        raise UsageError(
            f"{found[0].text!r} is judged at the largest rate that holds an SLA: say what holds there, as "
            "'ttft.p95 < 2s'"
        )
    if all(one.per_request or metrics[one.metric].priced for one in found):
        raise UsageError(
            f"{found[0].text!r} is about each request and defines goodput, so say how much of it is needed, "
            "such as 'goodput >= 95%', or give it a statistic, such as p95"
        )
    return found


def budget_of(requests: int | None, duration: float | str | None, window_s: float) -> Budget:
    """What a search may take: what a call names, else the session's window some times over.

    :raises UsageError: for what is no positive number.
    """
    if requests is not None and (isinstance(requests, bool) or not isinstance(requests, int) or requests < 1):
        raise UsageError(f"requests={requests!r}: a search takes a whole number of requests, from 1")
    seconds = None if duration is None else seconds_in(duration)
    if duration is not None and seconds is None:
        raise UsageError(f"duration={duration!r}: give a search a length of time, as 5min or 300")
    return Budget(requests, WINDOWS * window_s if duration is None and requests is None else seconds)


def _is_texts(given: object) -> bool:
    return isinstance(given, (list, tuple)) and all(isinstance(one, str) for one in given)


def _opens(load: object) -> bool:
    return hasattr(load, "offsets")
