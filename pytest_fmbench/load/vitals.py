"""How the load process fared: its share of a core, waits for one, collector pauses, what the host took away."""

from __future__ import annotations

import gc
import resource
import sys
from pathlib import Path

from pytest_fmbench.clock import cpu_ns, monotonic_ns
from pytest_fmbench.load.histogram import Histogram
from pytest_fmbench.load.meter import MeteredSelector
from pytest_fmbench.model.certificate import Certificate
from pytest_fmbench.model.exchange import End, Exchange

_HALF, _MOST = 0.5, 0.99
_SOCKET_ERRORS = (End.CONNECT, End.RESET, End.TIMEOUT)


class Vitals:
    """Watches this process from its making on."""

    def __init__(self) -> None:
        self._gaps, self._late = Histogram(), Histogram()
        self._reconnects = self._socket_errors = 0
        self._begun_ns, self._cpu_ns = monotonic_ns(), cpu_ns()
        self._waited_ns, self._taken = run_queue_delay_ns(), _ticks()
        self._collecting_since_ns = 0
        self._collector_ns = 0
        gc.callbacks.append(self._note)

    def note(self, exchange: Exchange) -> None:
        """Note how late an exchange began, how late its end was noticed, and what its socket went through."""
        ticket, recording = exchange.ticket, exchange.recording
        self._late.add(max(0, ticket.begun_ns - ticket.scheduled_ns))
        self._reconnects += recording.reconnects
        self._socket_errors += recording.end in _SOCKET_ERRORS
        if recording.end is End.COMPLETE and recording.done_ns is not None and recording.arrivals:
            self._gaps.add(max(0, recording.done_ns - recording.arrivals[-1]))

    def certificate(
        self, meter: MeteredSelector, clock_step_ns: int, round_trip_ns: tuple[int | None, int | None] = (None, None)
    ) -> Certificate:
        """How the process has fared so far; ends the watch.

        :param round_trip_ns: the shortest and the median.
        """
        gc.callbacks.remove(self._note)
        lasted_ns = max(1, monotonic_ns() - self._begun_ns)
        return Certificate(
            stamp_p99_ns=meter.late.bound_ns(_MOST),
            loop_longest_ns=meter.rounds.longest_ns,
            loop_p50_ns=meter.rounds.bound_ns(_HALF),
            loop_p99_ns=meter.rounds.bound_ns(_MOST),
            gap_p50_ns=self._gaps.bound_ns(_HALF),
            gap_p99_ns=self._gaps.bound_ns(_MOST),
            gap_longest_ns=self._gaps.longest_ns,
            late_p50_ns=self._late.bound_ns(_HALF),
            late_p99_ns=self._late.bound_ns(_MOST),
            late_longest_ns=self._late.longest_ns,
            reconnects=self._reconnects,
            socket_errors=self._socket_errors,
            cpu_share=(cpu_ns() - self._cpu_ns) / lasted_ns,
            run_queue_share=_growth(self._waited_ns, run_queue_delay_ns(), lasted_ns),
            steal_share=_taken_share(self._taken, _ticks()),
            collector_ns=self._collector_ns,
            memory_bytes=_peak_bytes(),
            clock_step_ns=clock_step_ns,
            round_trip_ns=round_trip_ns[0],
            round_trip_p50_ns=round_trip_ns[1],
        )

    def _note(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._collecting_since_ns = monotonic_ns()
        else:
            self._collector_ns += monotonic_ns() - self._collecting_since_ns


def _peak_bytes() -> int:
    """The most memory that this process held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def run_queue_delay_ns() -> int | None:
    """How long this process has waited for a core so far, in ns; None where the system does not say (not Linux)."""
    try:
        return int(Path("/proc/self/schedstat").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return None


def _ticks() -> tuple[int, int] | None:
    """Ticks that the host took, and all ticks, of all cores so far; None where the system does not say.

    Source: https://docs.kernel.org/filesystems/proc.html#miscellaneous-kernel-statistics-in-proc-stat
    """
    try:
        ticks = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return ticks[7], sum(ticks)
    except (OSError, IndexError, ValueError):
        return None


def _growth(before: int | None, after: int | None, lasted_ns: int) -> float | None:
    return None if before is None or after is None else (after - before) / lasted_ns


def _taken_share(before: tuple[int, int] | None, after: tuple[int, int] | None) -> float | None:
    if before is None or after is None:
        return None
    return (after[0] - before[0]) / max(1, after[1] - before[1])
