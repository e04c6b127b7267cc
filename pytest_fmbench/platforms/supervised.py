"""A child process that is surely gone when we are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

from pytest_fmbench.model.readable import terminal
from pytest_fmbench.platforms import supervise

_LOG_LINES = 50
_AFTERWARDS_S = 30.0


class Supervised:
    """A command under ``supervise.py``, which writes into a log.

    :param name: what messages call it.
    :param environment: variables added to our own.
    :param cores: to be pinned to; empty leaves it alone.
    :param afterwards: command that ends what it leaves running, run however all of this goes; empty is none.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        environment: Mapping[str, str],
        cores: Sequence[int] = (),
        afterwards: Sequence[str] = (),
    ) -> None:
        self.name, self.log = name, log
        self._stop_s = supervise.GRACE_S * 2 + (_AFTERWARDS_S if afterwards else 0.0)
        options = [f"--cores={','.join(map(str, cores))}"] if cores else []
        options += [f"--afterwards={json.dumps([*afterwards])}"] if afterwards else []
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                [sys.executable, supervise.__file__, *options, "--", *command],
                stdin=subprocess.PIPE,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
            )

    def failure(self) -> str | None:
        """Its exit status, once it has ended."""
        status = self._process.poll()
        return None if status is None else f"{self.name} ended with status {status}"

    def lines(self) -> list[str]:
        """All that it wrote."""
        return self.log.read_text("utf-8", "replace").splitlines()

    def log_tail(self) -> list[str]:
        """The last 50 lines of that, as a terminal may have them."""
        return [terminal(line) for line in self.lines()[-_LOG_LINES:]]

    def wait(self) -> int:
        """Until it has ended by itself; its exit status."""
        return self._process.wait()

    def let_go(self) -> None:
        """Close its lifeline, by which it ends."""
        cast("BinaryIO", self._process.stdin).close()

    def hold(self) -> None:
        """Hold it still, with all that it started: it keeps its memory and gets no core until it goes on."""
        self._say(supervise.HOLD)

    def go_on(self) -> None:
        """Let it go on."""
        self._say(supervise.GO_ON)

    def stop(self) -> None:
        """End it, and wait until it is gone. May be called twice."""
        self.let_go()
        try:
            self._process.wait(self._stop_s)
        except subprocess.TimeoutExpired:
            self._process.kill()  # the kernel takes the command along
            self._process.wait()

    def _say(self, word: bytes) -> None:
        lifeline = cast("BinaryIO", self._process.stdin).fileno()
        with suppress(BrokenPipeError):  # it has ended, as its failure says
            os.write(lifeline, word)
