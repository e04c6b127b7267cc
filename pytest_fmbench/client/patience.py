"""How long a response may take."""

from __future__ import annotations

import asyncio
import math
import sys
from dataclasses import dataclass
from typing import Protocol

from pytest_fmbench.clock import monotonic_ns, seconds_to_ns
from pytest_fmbench.model.exchange import Recording

_LONGEST_S = 1e8
_LONGEST_TIMER_S = 3600.0


@dataclass(frozen=True)
class Patience:
    """How long a response may take, in seconds; infinite is for ever.

    :param silence_s: until the first byte, and between any two reads.
    :param whole_s: from sending to the end.
    """

    silence_s: float = math.inf
    whole_s: float = math.inf

    def left_ns(self, recording: Recording) -> tuple[int, str]:
        """How long the exchange may still go on, in ns, and what would have happened then."""
        if recording.sent_ns is None:
            return sys.maxsize, ""
        now_ns = monotonic_ns()
        last_ns = recording.arrivals[-1] if recording.arrivals else recording.sent_ns
        first = "" if recording.arrivals else "not even a first byte: "
        silence = last_ns + _ns(self.silence_s) - now_ns, f"{first}nothing arrived for {self.silence_s:g} s"
        whole = recording.sent_ns + _ns(self.whole_s) - now_ns, f"not complete within {self.whole_s:g} s"
        return min(silence, whole)


ENDLESS = Patience()


def _ns(seconds: float) -> int:
    return seconds_to_ns(min(seconds, _LONGEST_S))


class Impatient(Protocol):
    """What a watch watches."""

    def time_out(self, detail: str) -> None:
        """End the exchange, because it took too long."""
        ...


class Watch:
    """Looks at an exchange only when it could have been too slow, so that a read costs nothing."""

    def __init__(self, owner: Impatient, recording: Recording, patience: Patience) -> None:
        self._owner, self._recording, self._patience = owner, recording, patience
        self._timer: asyncio.TimerHandle | None = None
        self._look()

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        left_ns, detail = self._patience.left_ns(self._recording)
        if left_ns <= 0:
            self._owner.time_out(detail)
        else:
            self._timer = asyncio.get_running_loop().call_later(min(left_ns / 1e9, _LONGEST_TIMER_S), self._look)
