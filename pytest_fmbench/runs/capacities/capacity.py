"""The largest open-loop rate that holds an SLA: what ``fmbench.capacity(...)`` does and returns."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pytest_fmbench.errors import InvalidMeasurement
from pytest_fmbench.load.arrivals import Closed
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Objective, Outcome
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.runs.capacities.lasting import Tried, tried
from pytest_fmbench.runs.capacities.probes import Probed, Wanted
from pytest_fmbench.runs.capacities.sounding import Measure, Sounded, sounded
from pytest_fmbench.stats.capacity import Found, Probe, Search

ALONE = 30
"""Requests of the probe in which each is alone: it tells the first rate, and whether any rate can hold the SLA."""

RISK = 0.01
"""That the rate which replicas are counted by is not held."""

_ALONE_RATE = 1.0 / 16.0
_LATE, _LATE_SHARE = 2, 0.5
"""So many probes, and this share of those that count, may be set aside because the load generator was late."""


@dataclass
class Capacity:
    """The largest rate that holds an SLA: ``capacity.rate``, with ``.low`` and ``.high``, in requests a second.

    :param rate: 0 where no rate holds; ``low`` is 0 and ``high`` inf where the probes do not tell.
    :param limiting: the objective that sets it; None where none was met.
    :param precise: whether the interval is as narrow as was asked for; else the budget was spent.
    :param probes: what was tried, in order of time.
    :param why: a sentence for people.
    :param held: a rate that holds at 99 %, one-sided; 0 where none is known. Replicas are counted by it.
    :param aside: requests that are no evidence: that found the first rate, that were late, of windows too short.
    :param costs: dollars at that rate, as ``cost_per_1m_output_tokens``, by name; of what nobody says the price, none.
    """

    name: str
    objectives: tuple[Objective, ...]
    rate: Estimate
    limiting: Objective | None
    precise: bool
    probes: tuple[Probed, ...] = field(repr=False)
    seconds: float
    why: str
    held: float = 0.0
    aside: int = 0
    costs: Mapping[str, Estimate] = field(default_factory=dict)

    @property
    def judged(self) -> list[Objective]:
        """The objectives that were judged at each rate."""
        return [verdict.objective for verdict in self.probes[0].verdicts]

    @property
    def requests(self) -> int:
        """All that were sent, with those of warm-ups."""
        of_probes: int = sum(one.run.requests.num_rows for one in self.probes)
        return self.aside + of_probes


def search(wanted: Wanted, measure: Measure, tell: Callable[[str], None]) -> Capacity:
    """Search for the capacity.

    :param tell: told, for people, what each probe says.
    :raises InvalidMeasurement: where our own error could change what too many probes say.
    """
    run, seconds = measure(Closed(1), Probe(0.0, ALONE, 1), f"{wanted.name}, alone")
    alone = wanted.probed(0.0, run)
    broken = [nth for nth, verdict in enumerate(alone.verdicts) if verdict.outcome is Outcome.FAIL]
    if broken and (problem := wanted.late(run)) is not None:
        raise InvalidMeasurement(f"{run.name}: {problem}")
    if broken or not float(run.request_rate) > 0.0:
        nothing = Found(0.0, 0.0, 0.0, broken[0]) if broken else Found(0.0, 0.0, math.inf, None)
        return _capacity(wanted, nothing, [alone], seconds)
    searching = _Searching(wanted, measure, tell, [alone], seconds)
    found = searching.begun()
    while not found.spent and (probe := found.next()) is not None:
        found = searching.after(found, probe)
    capacity = _capacity(wanted, found.found(), searching.probes, searching.seconds)
    return replace(capacity, held=found.held(RISK), aside=searching.aside)


@dataclass
class _Searching:
    """A search that goes on.

    :param probes: that count; the first is the one in which requests are alone.
    :param seconds: that all took.
    :param aside: requests that are no evidence.
    :param late: probes that were set aside because the load generator was late.
    """

    wanted: Wanted
    measure: Measure
    tell: Callable[[str], None]
    probes: list[Probed]
    seconds: float
    aside: int = 0
    late: int = 0

    @property
    def alone_s(self) -> float:
        """How long a request takes that is alone."""
        return 1.0 / float(self.probes[0].run.request_rate)

    def begun(self) -> Search:
        """The search before its first rate, which is sounded where none is given."""
        wanted, alone = self.wanted, self.probes[0].run
        left = wanted.budget.without(alone.requests.num_rows, self.seconds)
        first = Sounded(wanted.start) if wanted.start else sounded(wanted, alone, self.measure, left)
        self.seconds, self.aside = self.seconds + first.seconds, first.requests
        if first.requests:
            rate = show(first.rate, Unit.REQUEST_RATE)
            self.tell(f"begins at {rate}, after {first.requests} requests of more and more users")
        left = left.without(first.requests, first.seconds)
        return wanted.search(first.rate, _ALONE_RATE / self.alone_s, left, self.alone_s)

    def after(self, found: Search, probe: Probe) -> Search:
        """The search after a probe.

        :raises InvalidMeasurement: where too many were late.
        """
        wanted = self.wanted
        one = tried(wanted, self.measure, probe, found.left(probe.rate), self.alone_s)
        self.seconds, self.aside = self.seconds + one.seconds, self.aside + one.aside
        if (problem := wanted.late(one.run)) is not None:
            return self._without(found, one, problem)
        self.probes.append(wanted.probed(probe.rate, one.run, untold=one.untold, unserved=one.unserved))
        found = found.after(wanted.answer(self.probes[-1], one.seconds, one.aside))
        rate = _estimate(wanted, found.found(), self.probes)
        self.tell(f"{show(probe.rate, Unit.REQUEST_RATE)} {self.probes[-1].outcome}; capacity {rate.interval()}")
        return found

    def _without(self, found: Search, one: Tried, problem: str) -> Search:
        """The search with less to spend, and nothing more that it knows."""
        sent, self.late = one.run.requests.num_rows, self.late + 1
        if self.late > _LATE + len(self.probes) * _LATE_SHARE:
            raise InvalidMeasurement(f"{one.run.name}: {problem}")
        self.tell(f"set aside and tried again: {problem}")
        self.aside += sent
        return replace(found, budget=found.budget.without(sent + one.aside, one.seconds))


def _capacity(wanted: Wanted, found: Found, probes: Sequence[Probed], seconds: float) -> Capacity:
    limiting = None if found.limiting is None else wanted.judged[found.limiting]
    rate, objectives = _estimate(wanted, found, probes), wanted.objectives
    broken = limiting is not None and any(limiting in wanted.broken(one.run) for one in probes)
    why = _told(found, limiting if broken else None, probes)
    return Capacity(wanted.name, objectives, rate, limiting, found.precise, tuple(probes), seconds, why)


def _estimate(wanted: Wanted, found: Found, probes: Sequence[Probed]) -> Estimate:
    n = sum(one.run.figures.measurement.window_requests.num_rows for one in probes)
    ends = (found.rate, found.low, found.high)
    return Estimate(*ends, n, name="capacity", unit=Unit.REQUEST_RATE, confidence=wanted.confidence)


def _told(found: Found, limiting: Objective | None, probes: Sequence[Probed]) -> str:
    if found.rate == 0.0 and limiting is not None:
        lowest = min(probes[1:] or probes, key=lambda one: one.rate)
        verdict = next(one for one in lowest.verdicts if one.objective == limiting)
        return f"no rate{' that was tried' if len(probes) > 1 else ''} holds {limiting.text}: {verdict.reason}"
    if found.rate == 0.0 and len(probes) > 1:
        return _unbroken(found, probes)
    if found.rate == 0.0 and float(probes[0].run.request_rate) > 0.0:
        return "the budget was spent before a rate was tried: give the search more time, or more requests"
    if found.rate == 0.0:
        return "not one request succeeded, so that no rate could be chosen"
    what = f"set by {limiting.text}" if limiting is not None else _unbroken(found, probes)
    return what if found.precise else f"{what}; the budget was spent before the interval was as narrow as wanted"


def _unbroken(found: Found, probes: Sequence[Probed]) -> str:
    piled = [one.rate for one in probes if one.unstable and one.rate >= found.rate]
    if not piled:
        return "no rate that was tried broke an objective"
    return f"set by what is served: requests piled up at {show(min(piled), Unit.REQUEST_RATE)}, no objective was broken"
