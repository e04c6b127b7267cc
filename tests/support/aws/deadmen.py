"""Instances that end themselves: what their user data arms, told from its text where it is not really run."""

from __future__ import annotations

import re

from pytest_fmbench.platforms.aws.tags import EXPIRES
from tests.support.aws import running
from tests.support.aws.boots import Machine
from tests.support.aws.world import World

_ARMED = re.compile(r"shutdown\s+(?:-\S+\s+)*\+(\d+)")


def end_dead_men(world: World) -> None:
    """Shut down those whose time has come."""
    for machine in list(world.boots.machines.values()):
        due = due_s(machine)
        if world.boots.runs(machine.name) and due is not None and due <= world.now_s():
            running.shut_down(world, machine)


def due_s(machine: Machine) -> float | None:
    """When it ends itself, in seconds since the epoch; None where nothing says that it does.

    Where it really booted, that is what it said. Else it is the tag of its expiry, where its user data read it and its
    metadata tell it; or what they arm at first.
    """
    if machine.ends_s is not None:
        return machine.ends_s
    armed = _ARMED.search(machine.script)
    if "shutdown" not in machine.script:
        return None
    if machine.tagged and EXPIRES in machine.script and (expiry := machine.tag(EXPIRES)):
        return float(expiry)
    return machine.made_s + 60.0 * int(armed[1]) if armed else None
