"""What goes wrong with a life: each of its calls, in each way, once and for good; many at once; its process killed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.endings import Ending, at_home, passing, reaped
from tests.chaos.lives import live
from tests.support.aws.cloud import Cloud

WHENS = ("before", "after", "lost")
LASTING = (("InternalError", 500), ("ThrottlingException", 400), ("UnauthorizedOperation", 403))
_RATES = (0.05, 0.2, 0.5)


@dataclass(frozen=True)
class Patient:
    """Whose life it is.

    :param platform: its name.
    :param state: folder of the user's state.
    """

    cloud: Cloud
    platform: str
    state: Path


def operations(one: Patient) -> list[str]:
    """The calls of a life in which nothing goes wrong, in order.

    :raises AssertionError: when something goes wrong in it.
    """
    with at_home(one.state):
        told = live(one.platform, "untroubled", passing(one.cloud))
    assert not one.cloud.left(), (told, one.cloud.left())
    assert not [line for line in told if line.startswith("error")], told
    return [call.operation for call in one.cloud.calls]


def each_of(called: list[str]) -> Iterator[tuple[str, int]]:
    """Each call, as an operation and which of its calls it is, from 0."""
    for nth, operation in enumerate(called):
        yield operation, called[:nth].count(operation)


def one_call(one: Patient, operation: str, nth: int, when: str) -> Ending:
    """One call goes wrong."""
    one.cloud.fault(operation, when=when, skip=nth)
    return _lived(one, f"{operation} {nth + 1} fails, {when}")


def each_call(one: Patient, operation: str, code: str, status: int) -> Ending:
    """All calls of an operation go wrong while the session lives."""
    one.cloud.fault(operation, code, times=None, status=status)
    return _lived(one, f"each {operation} fails, {code}")


def many(one: Patient, seed: int) -> Ending:
    """Calls go wrong as ``seed`` draws it."""
    one.cloud.misbehave(seed, _RATES[seed % len(_RATES)])
    return _lived(one, f"schedule {seed}")


def killed(one: Patient, operation: str, nth: int, when: str) -> Ending:
    """Its process gets SIGKILL at a call.

    :param when: ``before`` AWS has done it, or ``after``, with the answer under way.
    """
    told = _killed(one, operation, nth, when)
    return reaped(one.cloud, f"SIGKILL {when} {operation} {nth + 1}", told, one.state)


def lost(one: Patient, operation: str, nth: int) -> Ending:
    """The same, and its host is lost with all lease files."""
    told = _killed(one, operation, nth, "after")
    shutil.rmtree(one.state)
    return reaped(one.cloud, f"host lost after {operation} {nth + 1}", told, one.state)


def _lived(one: Patient, scenario: str) -> Ending:
    with at_home(one.state):
        told = live(one.platform, "troubled", passing(one.cloud))
    return reaped(one.cloud, scenario, told, one.state)


def _killed(one: Patient, operation: str, nth: int, when: str) -> list[str]:
    command = [sys.executable, "-m", "tests.chaos.lives", one.platform, "killed"]
    environment = {**os.environ, **one.cloud.environment, "FMBENCH_STATE": str(one.state)}
    with tempfile.TemporaryFile("w+") as written:
        process = subprocess.Popen(command, env=environment, stdout=written, stderr=subprocess.STDOUT)

        def kill() -> None:
            process.kill()
            process.wait()

        one.cloud.at_call(operation, nth, when, kill)
        status = process.wait()
        written.seek(0)
        told = written.read()
    assert status < 0, f"it ended before its {operation} {nth + 1}: {told}"
    return told.splitlines()
