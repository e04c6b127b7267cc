"""A mock server in a process of its own, which is gone when we are: for measurements.

Standard input is its lifeline and brings it questions; standard output brings back the answers.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from pytest_fmbench.errors import EnvironmentFault, UsageError
from pytest_fmbench.testing.messages import receive, send
from pytest_fmbench.testing.steps import Script
from pytest_fmbench.testing.truth import Bottleneck, Truth, bottleneck

_STOP_S = 5.0


class MockApart:
    """A mock server in another process. It answers questions between writes: ask when the load is over.

    :ivar url: its root, without a slash at the end.
    :ivar port: where it listens, on 127.0.0.1.
    :ivar pid: its process.
    """

    def __init__(self, child: subprocess.Popen[bytes], first: bytes, scheme: str) -> None:
        self._child, self.pid = child, child.pid
        self.port: int = self._ask((list(sys.path), first))
        self.url = f"{scheme}://127.0.0.1:{self.port}"

    def truths(self) -> list[Truth]:
        """What was truly written for each request, in the order in which they came."""
        found: list[Truth] = self._ask(("truths", b""))
        return found

    def bottleneck(self) -> Bottleneck:
        """How far its token writes were behind their schedule."""
        return bottleneck(self.truths())

    def forget(self) -> None:
        """Drop the truths so far."""
        self._ask(("forget", b""))

    def change(self, script: Script) -> None:
        """Another script, for the requests that follow.

        :raises UsageError: when it does not survive pickling.
        """
        self._ask(("change", packed(script)))

    def failures(self) -> list[str]:
        """What the script raised."""
        found: list[str] = self._ask(("failures", b""))
        return found

    def _ask(self, question: object) -> Any:  # noqa: ANN401  # each question has its own kind of answer
        try:
            send(cast("BinaryIO", self._child.stdin), question)
            return receive(cast("BinaryIO", self._child.stdout))
        except (EOFError, BrokenPipeError, ValueError) as error:
            raise EnvironmentFault(f"the mock server's process ended with status {self._child.wait()}") from error


@contextmanager
def serving_apart(
    script: Script, *, cores: Sequence[int] = (), port: int = 0, certificate: Path | None = None
) -> Iterator[MockApart]:
    """A mock server on 127.0.0.1 in a process of its own, while the block runs.

    :param script: must survive pickling, as all that :mod:`pytest_fmbench.testing` makes does.
    :param cores: cores to keep to; empty leaves it alone.
    :param port: 0 is any that is free.
    :param certificate: file with a certificate chain and its private key, in PEM, for https.
    :raises UsageError: when the script cannot be pickled.
    :raises EnvironmentFault: when the process ends too soon, or, at the end of the block, when the script raised.
    """
    first = packed((script, tuple(cores), port, certificate))
    command = [sys.executable, "-m", "pytest_fmbench.testing.child"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        mock = MockApart(child, first, "http" if certificate is None else "https")
        yield mock
        failures = mock.failures()
    finally:
        _end(child)
    if failures:
        raise EnvironmentFault(f"the mock server failed: {failures[0]}")


def packed(script: object) -> bytes:
    """A script as bytes.

    :raises UsageError: when it does not survive pickling.
    """
    try:
        return pickle.dumps(script)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise UsageError(f"a script for another process must be picklable, or use serving(): {error}") from error


def _end(child: subprocess.Popen[bytes]) -> None:
    cast("BinaryIO", child.stdin).close()
    try:
        child.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    cast("BinaryIO", child.stdout).close()
