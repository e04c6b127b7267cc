"""What the load process tells, passed on to whom it may concern."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.errors import WorkerError
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.load.engine import Message
from pytest_fmbench.model.certificate import Certificate
from pytest_fmbench.model.exchange import Phase
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.runs.observer import Live, Observer, Stage

_MARKS = 12
"""Progress messages that a live rate looks back over: six seconds."""

_STAGES = {Phase.WARMUP: Stage.WARM_UP, Phase.WINDOW: Stage.MEASURE, Phase.DRAIN: Stage.DRAIN}


class Relay:
    """Hears one run's messages.

    :param run: its name.
    :param look: called with every message; what it raises ends the run.
    """

    def __init__(self, run: str, limits: Limits, observer: Observer, look: Callable[[Message], None]) -> None:
        self._run, self._limits, self._observer, self._look = run, limits, observer, look
        self._phase, self._begun_ns = Phase.WARMUP, monotonic_ns()
        self._marks = deque([(0, self._begun_ns)], maxlen=_MARKS)
        self._end: tuple[Window, Certificate] | None = None

    def hear(self, message: Message) -> None:
        """Take one message."""
        self._look(message)
        if message["event"] == "phase":
            self._phase, self._begun_ns = Phase(message["phase"]), monotonic_ns()
            self._observer.enter(_STAGES[self._phase])
        elif message["event"] == "progress":
            self._observer.show(self._live(message))
        elif message["event"] == "end":
            self._end = Window(*message["window"]), Certificate(**message["certificate"])
            self._observer.leave()

    def end(self) -> tuple[Window, Certificate]:
        """What the load process said last.

        :raises WorkerError: when it never did.
        """
        if self._end is None:
            raise WorkerError("the load process ended without saying what its window was")
        return self._end

    def _live(self, message: Message) -> Live:
        (tokens, since_ns), now_ns = self._marks[0], monotonic_ns()
        self._marks.append((message["tokens"], now_ns))
        per_second = (message["tokens"] - tokens) * 1e9 / max(1, now_ns - since_ns)
        return Live(self._run, _STAGES[self._phase], message["done"], message["failed"], per_second, self._left_s())

    def _left_s(self) -> float | None:
        if self._phase is not Phase.WINDOW:
            return None
        return max(0.0, self._limits.duration_s - (monotonic_ns() - self._begun_ns) / 1e9)
