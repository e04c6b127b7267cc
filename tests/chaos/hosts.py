"""What goes wrong on the machine that a session runs on: its disk, its clock, and a reaper beside it."""

from __future__ import annotations

import resource
from contextlib import ExitStack

from tests.chaos.endings import EXPIRED_S, Ending, Patient, at_home, passing, reaped
from tests.chaos.lives import live, reap, stepped
from tests.chaos.outages import renewing
from tests.chaos.troubles import apart, killed

DAY_S = 86_400.0
STEPS_S = (DAY_S, -DAY_S)
CREATING = ("RunInstances", "Create")
"""How the names of calls begin that make something."""


def fill_disk(pid: int) -> None:
    """From now on a process can write nothing more to any file, as on a disk that is full; it can make empty ones."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))


def disk_full(one: Patient, nth: int) -> Ending:
    """The disk is full from a call on, until the session has ended."""
    with apart(one) as process:
        one.cloud.meanwhile("*", nth, lambda: fill_disk(process.pid))
        told, _ = process.communicate()
    assert process.returncode == 0, told
    return reaped(one, f"the disk is full from call {nth + 1} on", told.splitlines())


def disk_full_before(one: Patient) -> Ending:
    """The disk is full when a lease is to be written.

    :raises AssertionError: when something was made all the same.
    """
    with apart(one) as process:
        fill_disk(process.pid)  # while it still loads what it is made of
        told, _ = process.communicate()
    assert process.returncode == 0, told
    made = [call.operation for call in one.cloud.calls if call.operation.startswith(CREATING)]
    assert made == [], (made, told)
    return reaped(one, "the disk is full before the first lease", told.splitlines())


def clock_steps(one: Patient, nth: int, ahead_s: float) -> Ending:
    """The clock steps at a call, and the leases are renewed by it."""
    with ExitStack() as held, at_home(one.state):

        def step() -> None:
            held.enter_context(stepped(ahead_s))

        one.cloud.meanwhile("*", nth, step)
        told = live(one.platform, "troubled", passing(one.cloud), renewing)
    return reaped(one, f"the clock steps by {ahead_s:+g} s at call {nth + 1}", told, EXPIRED_S + max(0.0, ahead_s))


def killed_with_another_clock(one: Patient, operation: str, nth: int, ahead_s: float) -> Ending:
    """A session whose clock is off by so much gets SIGKILL after a call; the reaper's is right."""
    return killed(one, operation, nth, "after", ahead_s)


def reaped_alive(one: Patient, nth: int) -> Ending:
    """``fmbench reap --yes`` is asked while a session lives, at one of its calls.

    :raises AssertionError: when that does anything to it.
    """
    touched, before = [], one.cloud.left()

    def beside() -> None:
        nonlocal before
        before = one.cloud.left()
        touched.extend(reap(passing(one.cloud)))
        assert one.cloud.left() == before

    one.cloud.meanwhile("*", nth, beside)
    with at_home(one.state):
        told = live(one.platform, "alive", passing(one.cloud), renewing)
    assert touched == [], touched
    assert not [line for line in told if line.startswith("error")], told
    return reaped(one, f"reap while its session lives, at call {nth + 1}", told)
