"""What goes wrong with the calls of a life: each, in each way, once and for good; many at once; its process killed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.chaos.endings import EXPIRED_S, Ending, Patient, at_home, passing, reaped
from tests.chaos.lives import Midway, live, nothing

WHENS = ("before", "after", "lost")
LASTING = (("InternalError", 500), ("ThrottlingException", 400), ("UnauthorizedOperation", 403))
_RATES = (0.05, 0.2, 0.5)


def operations(one: Patient, midway: Midway = nothing) -> list[str]:
    """The calls of a life in which nothing goes wrong, in order.

    :raises AssertionError: when something goes wrong in it.
    """
    with at_home(one.state):
        told = live(one.platform, "untroubled", passing(one.cloud), midway)
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
    return lived(one, f"{operation} {nth + 1} fails, {when}")


def each_call(one: Patient, operation: str, code: str, status: int) -> Ending:
    """All calls of an operation go wrong while the session lives."""
    one.cloud.fault(operation, code, times=None, status=status)
    return lived(one, f"each {operation} fails, {code}")


def many(one: Patient, seed: int) -> Ending:
    """Calls go wrong as ``seed`` draws it."""
    one.cloud.misbehave(seed, _RATES[seed % len(_RATES)])
    return lived(one, f"schedule {seed}")


def killed(one: Patient, operation: str, nth: int, when: str, ahead_s: float = 0.0) -> Ending:
    """Its process gets SIGKILL at a call.

    :param when: ``before`` AWS has done it, or ``after``, with the answer under way.
    :param ahead_s: so far its clock is ahead.
    """
    told = _killed(one, operation, nth, when, ahead_s)
    scenario = f"SIGKILL {when} {operation} {nth + 1}" + (f", clock {ahead_s:+g} s" if ahead_s else "")
    return reaped(one, scenario, told, EXPIRED_S + max(0.0, ahead_s))


def lost(one: Patient, operation: str, nth: int) -> Ending:
    """The same, and its host is lost with all lease files."""
    told = _killed(one, operation, nth, "after", 0.0)
    shutil.rmtree(one.state)
    return reaped(one, f"host lost after {operation} {nth + 1}", told)


def lived(
    one: Patient, scenario: str, pause: Callable[[float], None] | None = None, midway: Midway = nothing
) -> Ending:
    """A life in this process, and what it takes to leave nothing after it."""
    with at_home(one.state):
        told = live(one.platform, "troubled", pause or passing(one.cloud), midway)
    return reaped(one, scenario, told)


@contextmanager
def apart(one: Patient, ahead_s: float = 0.0) -> Iterator[subprocess.Popen[str]]:
    """A life in a process of its own; what it tells, in words, is to be read from it."""
    command = [sys.executable, "-m", "tests.chaos.lives", one.platform, "apart", str(ahead_s)]
    environment = {**os.environ, **one.cloud.environment, "FMBENCH_STATE": str(one.state)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdout=pipe, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _killed(one: Patient, operation: str, nth: int, when: str, ahead_s: float) -> list[str]:
    with apart(one, ahead_s) as process:

        def kill() -> None:
            process.kill()
            process.wait()

        one.cloud.at_call(operation, nth, when, kill)
        told, _ = process.communicate()
    assert process.returncode < 0, f"it ended before its {operation} {nth + 1}: {told}"
    return told.splitlines()
