"""Judging a run while it goes on, so that it ends when its objectives are decided; and the same again from its records.

Both go through the same looks in the same way: what decided while it ran is what its records say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_fmbench.load.driver import Limits
from pytest_fmbench.metrics.base import Metric, Of
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.measurement import Measurement, Promise, Window
from pytest_fmbench.model.objective import Objective, Verdict
from pytest_fmbench.model.price import Tariff
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.runs.crew.conductor import Sight
from pytest_fmbench.runs.crew.phases import in_phases
from pytest_fmbench.runs.figures import Figures
from pytest_fmbench.runs.observer import Seen
from pytest_fmbench.runs.verdicts.promises import judged_metric, promises_of
from pytest_fmbench.runs.verdicts.settling import settled
from pytest_fmbench.sla import Gate, open_gate
from pytest_fmbench.stats.looks import Look
from pytest_fmbench.store.table import read_measurement

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Strictness:
    """How sure a verdict must be.

    :param confidence: of a case, one-sided each way.
    :param tolerance: share of a limit that does not matter either way.
    :param judged_runs: runs of the case that are judged; they share its confidence.
    """

    confidence: float = 0.95
    tolerance: float = 0.05
    judged_runs: int = 1


@dataclass(frozen=True)
class Looked:
    """A look that was made: at the requests that began in ``[begin_ns, end_ns)``, a part of the run's window.

    :param begin_ns: where they were found to be steady; None is the begin of the run's own window.
    """

    look: Look
    end_ns: int
    begin_ns: int | None = None

    def part_of(self, window: Window) -> Window:
        """What was looked at, of the run's window."""
        return Window(window.begin_ns if self.begin_ns is None else self.begin_ns, self.end_ns)


@dataclass(frozen=True)
class Judged:
    """What a run is judged by, and on which metrics.

    :param open_loop: latencies count from the schedule.
    :param tariff: what the deployment is paid by; None where nobody says.
    """

    objectives: tuple[Objective, ...]
    metrics: Registry[Metric]
    open_loop: bool
    tariff: Tariff | None = None

    def gate(self, strictness: Strictness) -> Gate:
        """Before the run."""
        return open_gate(
            self.objectives,
            lambda metric: self.metrics[metric].unit,
            confidence=strictness.confidence,
            tolerance=strictness.tolerance,
            judged_runs=strictness.judged_runs,
        )

    @property
    def of_tasks(self) -> bool:
        """Whether any of them is about tasks."""
        return any(self.metrics[one.metric].of is Of.TASKS for one in self.objectives)

    @property
    def promises(self) -> tuple[Promise, ...]:
        """Those of each request."""
        return promises_of(self.objectives, self.metrics, open_loop=self.open_loop)

    def figures(self, table: pa.Table, window: Window, tasks: pa.Table | None = None) -> Figures:
        """Of the requests of ``table`` that began in ``window``, which is a part of the run's.

        Without telemetry, whose objectives are judged at the end: what was sampled until a look is not yet all there.

        :param tasks: of the run; looks are made where no objective is about them.
        """
        part, window = in_phases(table, window, None)
        begun = None if tasks is None else in_phases(tasks, window, None)[0]
        return Figures(Measurement(part, window, self.promises, tasks=begun, tariff=self.tariff), self.metrics)

    def estimates(self, gate: Gate, figures: Figures, level: float) -> list[Estimate]:
        """One for each of the gate's items."""
        return [
            figures.estimate(judged_metric(one, open_loop=self.open_loop), one.statistic, level)
            for one in (item.objective for item in gate.items)
        ]

    def after(self, gate: Gate, look: Look, figures: Figures) -> Gate:
        """The gate after a look."""
        return gate.after(look, self.estimates(gate, figures, gate.level(look)))


class Sequential:
    """Looks at a run while it goes on.

    :param settle: whether each look leaves out what it finds to be a warm-up.
    :ivar looked: the looks that were made.
    """

    def __init__(self, judged: Judged, strictness: Strictness, limits: Limits, *, settle: bool = False) -> None:
        self._judged, self._limits, self._gate = judged, limits, judged.gate(strictness)
        self._settle = settle
        self.looked: list[Looked] = []

    @property
    def wanted(self) -> bool:
        """Whether there is anything that a look could decide."""
        return any(not item.counted for item in self._gate.items)

    @property
    def decided(self) -> bool:
        """Whether the run may end."""
        return bool(self.looked) and not self._gate.go_on

    @property
    def seen(self) -> tuple[Seen, ...]:
        """What the last look saw, for who watches."""
        return tuple(
            Seen(" ".join(one.objective.text.split()), *_found(one.verdict, stands=one.settled))
            for one in self._gate.items
            if one.verdict is not None
        )

    def at_look(self, sight: Sight) -> bool:
        """Look, and say whether to go on.

        :raises StoreError: when the table cannot be read.
        """
        share = self._share(sight)
        if share >= 1.0 or not self._gate.go_on:
            return self._gate.go_on  # the last look is at the whole window
        look = Look(sight.requests, share)
        figures = self._judged.figures(read_measurement(sight.path).requests, sight.window)
        if self._settle:
            figures, _ = settled(figures)
        self._gate = self._judged.after(self._gate, look, figures)
        self.looked.append(Looked(look, sight.window.end_ns, figures.measurement.window.begin_ns))
        return self._gate.go_on

    def _share(self, sight: Sight) -> float:
        """Of the budget of time, requests or tokens, whichever is nearest its end; it never shrinks."""
        least = self.looked[-1].look.share if self.looked else 0.0
        of_time = sight.window.seconds / self._limits.duration_s
        of_requests = sight.requests / self._limits.requests if self._limits.requests else 0.0
        return max(least, of_time, of_requests, sight.spent)


def _found(verdict: Verdict, *, stands: bool) -> tuple[str, str]:
    """Value and interval, and the outcome where it stands."""
    return verdict.estimate.interval(), verdict.outcome.value if stands else ""


def replayed(
    judged: Judged, strictness: Strictness, looked: Sequence[Looked], figures: Figures, *, decided: bool
) -> Gate:
    """The gate of a run that has ended, from its records.

    :param looked: the looks that were made while it ran.
    :param figures: of the whole run.
    :param decided: the run ended because of the last look, so that there is none at the whole of it.
    """
    gate, whole = judged.gate(strictness), figures.measurement
    for one in looked:
        if gate.go_on:
            gate = judged.after(gate, one.look, judged.figures(whole.requests, one.part_of(whole.window)))
    sent = max(1, whole.window_requests.num_rows)
    if gate.go_on and not decided:
        most = max([sent, *(one.look.requests for one in looked)])
        gate = judged.after(gate, Look(most, 1.0), figures)
    return gate.ended(judged.estimates(gate, figures, 1.0 - 2.0 * gate.risk), sent)
