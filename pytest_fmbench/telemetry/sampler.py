"""Samples sources once a period, in a thread of its own, on the clock of the requests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from pytest_fmbench.clock import NS_PER_S, monotonic_ns, seconds_to_ns, thread_cpu_ns
from pytest_fmbench.model.sampled import Cost
from pytest_fmbench.telemetry.base import Reading, Source, fault_of

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

_STOP_S = 15.0


class Row(NamedTuple):
    """A reading, with its time and the family that its name is of."""

    t_ns: int
    source: str
    name: str
    value: float
    device: str = ""
    bound: float | None = None


def after(due_ns: int, now_ns: int, period_ns: int) -> int:
    """When the next sample is due, on the grid of those before; what is past is left out, not made up for."""
    return due_ns + period_ns * max(1, -(-(now_ns - due_ns) // period_ns))


def _row(t_ns: int, family: str, reading: Reading) -> Row:
    name, value, device, bound, age_s = reading
    return Row(t_ns - seconds_to_ns(age_s), family, name, value, device, bound)


class Sampler:
    """Samples while the block runs: at once when it begins, each period, and once more when it ends.

    A sample's time is the middle between asking and being told, less its age, where it has one. One that is late moves
    none of the others; those that it made impossible are left out. A source that fails leaves a gap, which is counted.

    :param sources: by name; whoever opened them closes them.
    :param prepare: called in the thread before all else, as to keep it off cores.
    :ivar rows: what was told, complete once the block has ended.
    :ivar costs: of each source, likewise.
    """

    def __init__(
        self, sources: Mapping[str, Source], period_s: float, prepare: Callable[[], None] = lambda: None
    ) -> None:
        self._sources, self._period_ns, self._prepare = sources, seconds_to_ns(period_s), prepare
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fmbench telemetry", daemon=True)
        self.rows: list[Row] = []
        self.costs = {name: Cost(source.family) for name, source in sources.items()}

    def __enter__(self) -> Self:
        if self._sources:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        self._over.set()
        if self._sources:
            self._thread.join(_STOP_S)

    def _run(self) -> None:
        self._prepare()
        due_ns = monotonic_ns()
        while not self._over.wait(max(0, due_ns - monotonic_ns()) / NS_PER_S):
            self._sample()
            due_ns = after(due_ns, monotonic_ns(), self._period_ns)
        self._sample()

    def _sample(self) -> None:
        for name, source in self._sources.items():
            begun_ns, cpu_ns = monotonic_ns(), thread_cpu_ns()
            fault, readings = "", list[Reading]()
            try:
                readings += source.sample()
            except Exception as error:  # noqa: BLE001  # whatever a driver raises is a gap, and no end of a paid run
                fault = fault_of(error)
            t_ns = (begun_ns + monotonic_ns()) // 2
            self.rows += [_row(t_ns, source.family, one) for one in readings]
            so_far = self.costs[name]
            self.costs[name] = replace(
                so_far,
                samples=so_far.samples + (not fault),
                gaps=so_far.gaps + bool(fault),
                cpu_ns=so_far.cpu_ns + thread_cpu_ns() - cpu_ns,
                wall_ns=so_far.wall_ns + monotonic_ns() - begun_ns,
                fault=fault or so_far.fault,
            )
