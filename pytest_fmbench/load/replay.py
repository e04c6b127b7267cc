"""Replay: requests begin when those of a trace began. Pure; the trace is read when the times are asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.numbers import is_number
from pytest_fmbench.model.recorded import Recorded
from pytest_fmbench.model.workload import Workload

if TYPE_CHECKING:
    from pytest_fmbench.model.recorded import Times

_AT_ONCE = 4096
"""Times that become Python's own at once."""

_SLACK_S = 1.0
"""A window has so much room behind the last request, should it be late; it ends with it nevertheless."""


@dataclass(frozen=True)
class Replay:
    """See :func:`replay`. It ends with the trace's last request.

    :param trace: whose times; None is the workload's.
    :param window: only this part of it, in s.
    :param spread: how far from its time a request may come, in s; True is as far as the trace's times lie apart.
    :param asked: the workload, once it is known, where its times are meant.
    """

    trace: Recorded | None = None
    speed: float = 1.0
    window: tuple[float, float] | None = None
    spread: bool | float = False
    asked: Recorded | None = field(default=None, repr=False)

    def of(self, workload: Workload) -> tuple[Replay, Workload]:
        """The replay of ``workload``, and the part of it that is asked.

        :raises UsageError: when its times are meant and it has none, or when none lies in the window.
        """
        if self.trace is not None:
            return self, workload
        if not isinstance(workload, Recorded):
            raise UsageError(
                f"replay() takes the times of the workload, and {workload!r} has none: ask a trace(...), "
                "or name one whose times to take, as in replay(trace(...))"
            )
        part = workload if self.window is None else workload.within(*self.window)
        return replace(self, asked=part), part

    @property
    def shape_s(self) -> float:
        """How long it lasts: to the trace's last time, as far as that may be spread, and a second.

        :raises UsageError: when the trace cannot be read, or is not known.
        """
        source = self._source()
        return float(source.times_ns()[-1] + self._tick_ns(source)) / 1e9 / self.speed + _SLACK_S

    def offsets(self, seed: int, lead_ns: int = 0) -> Iterator[int]:  # noqa: ARG002  # a trace has nothing before it
        """The trace's times, spread as ``seed`` says, divided by the speed; with a warm-up, the first are in it.

        :raises UsageError: when the trace cannot be read, or is not known.
        """
        import numpy as np

        times = np.rint(self._spread(seed) / self.speed).astype(np.int64)
        for begin in range(0, len(times), _AT_ONCE):
            yield from times[begin : begin + _AT_ONCE].tolist()

    def _spread(self, seed: int) -> Times:
        """Times in their order; each was the begin of a tick, so that it may be anywhere in it. In order again, so that
        the requests keep theirs.
        """
        import numpy as np

        source = self._source()
        times, tick_ns = source.times_ns(), self._tick_ns(source)
        if tick_ns == 0:
            return times
        return np.sort(times + np.random.default_rng(seed).integers(0, tick_ns, len(times)))

    def _tick_ns(self, source: Recorded) -> int:
        return source.tick_ns() if self.spread is True else round(self.spread * 1e9)

    def _source(self) -> Recorded:
        if self.asked is not None:
            return self.asked
        if self.trace is None:
            raise UsageError(f"{self}: inside of other loads it must be told whose times to take: replay(trace(...))")
        return self.trace if self.window is None else self.trace.within(*self.window)

    def __str__(self) -> str:
        parts = ["replay", *([str(self.trace)] if self.trace is not None else [])]
        if self.speed != 1.0:
            parts.append(f"speed-{self.speed:.6g}")
        if self.window is not None:
            parts.append("window-{:g}-{:g}".format(*self.window))
        if self.spread is not False:
            parts.append("spread" if self.spread is True else f"spread-{self.spread:g}")
        return ":".join(parts)


def replay(
    trace: Recorded | None = None,
    *,
    speed: float = 1.0,
    window: tuple[float, float] | None = None,
    spread: bool | float = False,
) -> Replay:
    """Requests begin when those of a trace did, each once; the window of a run holds all, and ends with the last one.

    It is measured whole, and judged at its end, as every load with a shape: the first requests of a trace are no sample
    of the later ones. There is no warm-up unless one is asked for, which then takes the trace's first requests.

    :param trace: a ``trace(...)``; without it, that which is asked.
    :param speed: 2 is twice as fast: this stretches time, and bursts with it. For another rate at the same burstiness
        see ``trace(scale=...)``.
    :param window: only the requests of ``(start, stop)``, in seconds of the trace.
    :param spread: True spreads requests over the tick of a trace whose times are coarse, as if each had come at any
        time of it; a number says how long the tick is, in seconds of the trace.
    :raises UsageError: for a value that cannot be.
    """
    if trace is not None and not isinstance(trace, Recorded):
        raise UsageError(f"replay({trace!r}): give a trace, as in replay(trace('FILE')), or nothing for the workload's")
    if not is_number(speed) or not 0 < speed < math.inf:
        raise UsageError(f"replay(speed={speed!r}): give a positive number, such as 2 for twice as fast")
    if window is not None and not _is_window(window):
        raise UsageError(f"replay(window={window!r}): give (start, stop) in seconds, with 0 <= start < stop")
    if not isinstance(spread, bool) and (not is_number(spread) or not 0 < spread < math.inf):
        raise UsageError(f"replay(spread={spread!r}): give True, or a positive number of seconds")
    return Replay(trace, float(speed), None if window is None else (float(window[0]), float(window[1])), spread)


def _is_window(window: object) -> bool:
    if not isinstance(window, (tuple, list)) or len(window) != 2 or not all(map(is_number, window)):
        return False
    return bool(0 <= window[0] < window[1] < math.inf)
