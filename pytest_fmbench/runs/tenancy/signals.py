"""SIGTERM ends a session that may spend as Ctrl-C does, and neither ends it while it releases what costs money."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_ENDS = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """Handlers of this process. Elsewhere than in its main thread there can be none, so nothing is changed there."""

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Any] = {}

    def install(self) -> None:
        """Have SIGTERM raise KeyboardInterrupt, by which every hook and fixture that ends things is run."""
        if threading.current_thread() is threading.main_thread():
            self._before = {signal.SIGTERM: signal.signal(signal.SIGTERM, _interrupt)}

    def restore(self) -> None:
        """Have what was before. May be called twice."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    @contextmanager
    def patiently(self, told: Callable[[], str]) -> Iterator[None]:
        """While the context lasts the first signal only tells what is going on; the second interrupts.

        :param told: says what is still to be done, and what ends it otherwise.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        heard = 0

        def hear(number: int, frame: FrameType | None) -> None:
            nonlocal heard
            heard += 1
            # past pytest's capture, and past whatever the signal interrupted in the middle of writing
            again = "the next signal abandons it" if heard == 1 else "abandoned"
            os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, f"\nfmbench: {told()}; {again}\n".encode())
            if heard > 1:
                _interrupt(number, frame)

        before = {number: signal.signal(number, hear) for number in _ENDS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _interrupt(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt(f"signal {number}")
