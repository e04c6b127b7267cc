"""What the jobs of a run tell, passed on to those who watch."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.model.exchange import Phase
from pytest_fmbench.runs.crew.standing import Decoded
from pytest_fmbench.runs.observer import Aside, Live, Observer, Stage

_MARKS = 12
"""Live figures that a live rate looks back over: six seconds."""

_STAGES = {Phase.WARMUP: Stage.WARM_UP, Phase.WINDOW: Stage.MEASURE, Phase.DRAIN: Stage.DRAIN}
_ORDER = list(_STAGES)


class Relay:
    """Passes on one run.

    :param run: its name.
    :param aside: what is known of it beside its requests.
    :ivar phase: the run's, None before its first; that of the worker that is furthest.
    """

    def __init__(self, run: str, limits: Limits, observer: Observer, aside: Callable[[], Aside] = Aside) -> None:
        self._run, self._limits, self._observer, self._aside = run, limits, observer, aside
        self.phase: Phase | None = None
        self._begun_ns = monotonic_ns()
        self._marks = deque([(0, self._begun_ns)], maxlen=_MARKS)

    def enter(self, phase: Phase) -> None:
        """A worker enters a phase."""
        if self.phase is None or _ORDER.index(phase) > _ORDER.index(self.phase):
            self.phase, self._begun_ns = phase, monotonic_ns()
            self._observer.enter(_STAGES[phase])

    def leave(self) -> None:
        """The load has ended."""
        self.phase = None
        self._observer.leave()

    def show(self, decoded: Decoded) -> None:
        """There are new figures."""
        if self.phase is None:
            return
        (tokens, since_ns), now_ns = self._marks[0], monotonic_ns()
        self._marks.append((decoded.output_tokens, now_ns))
        per_second = (decoded.output_tokens - tokens) * 1e9 / max(1, now_ns - since_ns)
        stage = _STAGES[self.phase]
        ended, left_s = (decoded.done, decoded.failed), self._left_s()
        self._observer.show(Live(self._run, stage, *ended, per_second, left_s, decoded.ttft_s, self._aside()))

    def _left_s(self) -> float | None:
        if self.phase is not Phase.WINDOW:
            return None
        return max(0.0, self._limits.duration_s - (monotonic_ns() - self._begun_ns) / 1e9)
