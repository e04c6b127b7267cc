"""How long a response may take."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import Protocol

from pytest_fmbench.clock import NS_PER_S, monotonic_ns, seconds_to_ns
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

    def due_ns(self, recording: Recording) -> int:
        """When ``recording``, which was sent, has taken too long if nothing more arrives; the far future if never."""
        sent_ns = recording.sent_ns or 0
        last_ns = recording.arrivals[-1] if recording.arrivals else sent_ns
        return min(last_ns + _ns(self.silence_s), sent_ns + _ns(self.whole_s))

    def why(self, recording: Recording) -> str:
        """What it means that the time is up."""
        if self.due_ns(recording) == (recording.sent_ns or 0) + _ns(self.whole_s):
            return f"not complete within {self.whole_s:g} s"
        first = "" if recording.arrivals else "not even a first byte: "
        return f"{first}nothing arrived for {self.silence_s:g} s"


ENDLESS = Patience()


def _ns(seconds: float) -> int:
    return seconds_to_ns(min(seconds, _LONGEST_S))


class Impatient(Protocol):
    """What a watch watches."""

    def catch_up(self) -> None:
        """Note all that has come in the recording, and end the exchange if that says so."""
        ...

    def time_out(self, detail: str) -> None:
        """End the exchange, because it took too long."""
        ...


class Watch:
    """Looks at a connection's exchanges only when one could have been too slow, so that a read costs nothing.

    Its timer outlives an exchange: the next one's time is up later, so that it seldom needs another.
    """

    def __init__(self) -> None:
        self._recording: Recording | None = None
        self._patience = ENDLESS
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, owner: Impatient, recording: Recording, patience: Patience) -> None:
        """Watch an exchange, which has been sent."""
        self._recording, self._patience = recording, patience
        if self._timer is None or self._timer.when() * NS_PER_S > patience.due_ns(recording):
            self.stop()
            self._look(owner)

    def end(self) -> None:
        """The exchange has ended."""
        self._recording = None

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()  # which lets go of the owner
            self._timer = None

    def _look(self, owner: Impatient) -> None:
        self._timer, recording = None, self._recording
        if recording is None:
            return
        owner.catch_up()
        if recording.end is not None:
            return
        left_ns = self._patience.due_ns(recording) - monotonic_ns()
        if left_ns <= 0:
            owner.time_out(self._patience.why(recording))
        else:
            wait_s = min(left_ns / NS_PER_S, _LONGEST_TIMER_S)
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._look, owner)
