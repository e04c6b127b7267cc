"""SIGTERM, and a terminal that is gone, end a session that may spend as Ctrl-C does; none of them while it releases."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

_HEARD = (signal.SIGTERM, *((signal.SIGHUP,) if sys.platform != "win32" else ()))
_ENDS = (signal.SIGINT, *_HEARD)


class Signals:
    """Handlers of this process. Elsewhere than in its main thread there can be none, so nothing is changed there."""

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Any] = {}

    def install(self) -> None:
        """Have them raise KeyboardInterrupt, by which every hook and fixture that ends things is run.

        What is ignored stays so, as SIGHUP under ``nohup``.
        """
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, _interrupt) for number in _HEARD if not _is_ignored(number)}

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
            with suppress(OSError):  # the terminal may be gone
                os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, f"\nfmbench: {told()}; {again}\n".encode())
            if heard > 1:
                _interrupt(number, frame)

        before = {number: signal.signal(number, hear) for number in _ENDS if not _is_ignored(number)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _is_ignored(number: signal.Signals) -> bool:
    return signal.getsignal(number) is signal.SIG_IGN


def _interrupt(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt(f"signal {number}")
