"""The process of a job: ``python -m pytest_fmbench.load.child``. See :mod:`pytest_fmbench.load.processes`."""

from __future__ import annotations

import faulthandler
import os
import pickle
import sys
import threading
import traceback

from pytest_fmbench.load.engine import DONE, Hear, Job, Mailbox, Message
from pytest_fmbench.load.lines import MessageReader, write_message
from pytest_fmbench.load.quiet import come_forward, go_first, keep_to, stand_back, uncollected, wake_promptly

_STDIN, _STDOUT, _STDERR = range(3)


def main() -> None:
    """Take a job from standard input, run it, and die with the parent."""
    answers = os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)  # a stray print must not look like a message
    job = _receive()
    link = _Link(answers)
    threading.Thread(target=link.follow, daemon=True).start()
    keep_to(job.cores)
    go_first()
    wake_promptly()
    with uncollected():
        job.run(job.plan, link)
    faulthandler.cancel_dump_traceback_later()
    link.tell({"event": DONE})


class _Link:
    def __init__(self, answers: int) -> None:
        self._answers, self._said = answers, Mailbox()

    def tell(self, message: Message) -> None:
        write_message(self._answers, message)

    def listen(self, hear: Hear) -> None:
        self._said.listen(hear)

    def stand_back(self) -> None:
        stand_back()

    def come_forward(self) -> None:
        come_forward()

    def go_on(self, within_s: float) -> None:
        # a thread without the interpreter, which a regular expression, say, may hold for good
        faulthandler.dump_traceback_later(within_s, exit=True, file=_STDERR)

    def follow(self) -> None:
        """Hand on what the parent says until it has closed the pipe or died; then the process ends."""
        reader = MessageReader(_STDIN)
        try:
            while not reader.ended:
                for message in reader.take():
                    self._said.put(message)
        except BaseException:  # noqa: BLE001  # whatever it is, the process must not outlive its lifeline
            traceback.print_exc()
            os._exit(1)
        os._exit(0)


def _receive() -> Job:
    size = int.from_bytes(_read(8), "big")
    path, packed = pickle.loads(_read(size))  # noqa: S301  # from our parent, through a pipe that it made
    sys.path[:] = path
    job = pickle.loads(packed)  # noqa: S301  # likewise
    if not isinstance(job, Job):
        raise TypeError(f"expected a Job, got {type(job).__name__}")
    return job


def _read(size: int) -> bytes:
    """So many bytes and none of what follows, which is for another reader."""
    pieces: list[bytes] = []
    while size:
        pieces.append(os.read(_STDIN, size))
        if not pieces[-1]:
            os._exit(0)  # the parent is gone
        size -= len(pieces[-1])
    return b"".join(pieces)


if __name__ == "__main__":
    main()
