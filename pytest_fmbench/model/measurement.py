"""What a run measured: the table of its requests and the window in which it was steady."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_fmbench.model.exchange import Phase
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.price import Tariff
from pytest_fmbench.model.sampled import Telemetry
from pytest_fmbench.model.samples import Floats

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Window:
    """The steady part of a run or a round, ``[begin_ns, end_ns)`` on CLOCK_MONOTONIC."""

    begin_ns: int
    end_ns: int

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.end_ns - self.begin_ns) / 1e9


def span(windows: Sequence[Window]) -> Window:
    """From the begin of the first of ``windows`` to the end of the last."""
    return Window(windows[0].begin_ns, windows[-1].end_ns)


@dataclass(frozen=True)
class Promise:
    """A per-request objective and the values it is about: one a window request, NaN where there is none."""

    objective: Objective
    values: Callable[[Measurement], Floats]


@dataclass(frozen=True)
class Measurement:
    """The stored facts that every metric is a pure function of.

    :param requests: rows of :class:`~pytest_fmbench.model.record.RequestRecord`, all phases, in order of sending.
    :param window: the steady part; of several rounds, from the begin of the first one's to the end of the last one's.
    :param promises: per-request objectives, which define goodput.
    :param rounds: the window of each round, in order; empty for a measurement that is one.
    :param telemetry: what was sampled meanwhile, of all rounds; None where nothing was.
    :param tasks: rows of :class:`~pytest_fmbench.model.task.TaskRecord`, all phases, in order of their begin; None of a
        workload of single requests.
    :param tariff: what the deployment is paid by; None where nobody says.
    """

    requests: pa.Table
    window: Window
    promises: tuple[Promise, ...] = ()
    rounds: tuple[Window, ...] = ()
    telemetry: Telemetry | None = None
    tasks: pa.Table | None = None
    tariff: Tariff | None = None

    @cached_property
    def parts(self) -> tuple[Measurement, ...]:
        """One a round, which metrics are functions of; itself where there are no rounds."""
        import pyarrow.compute as pc

        if not self.rounds:
            return (self,)

        def of(table: pa.Table, nth: int) -> pa.Table:
            return table.filter(pc.equal(table["round"], nth)).combine_chunks()

        return tuple(
            Measurement(
                of(self.requests, nth),
                window,
                self.promises,
                telemetry=self.telemetry,
                tasks=None if self.tasks is None else of(self.tasks, nth),
                tariff=self.tariff,
            )
            for nth, window in enumerate(self.rounds)
        )

    @property
    def seconds(self) -> float:
        """How long was measured: the windows of all rounds together."""
        return sum(window.seconds for window in self.rounds or (self.window,))

    @cached_property
    def window_requests(self) -> pa.Table:
        """The requests that began in the window, in order of sending."""
        import pyarrow.compute as pc

        inside = pc.equal(self.requests["phase"], Phase.WINDOW.value)
        first, count = max(0, pc.index(inside, value=True).as_py()), pc.sum(inside).as_py() or 0
        if pc.all(inside.slice(first, count)).as_py():  # nearly always, and a slice is no copy
            return self.requests.slice(first, count).combine_chunks()
        return self.requests.filter(inside).combine_chunks()
