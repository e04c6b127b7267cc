"""Until an instance runs, and until its server is ready."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_fmbench.clock import monotonic_ns, seconds_to_ns
from pytest_fmbench.errors import CloudFault, Gone, LaunchError, NoCapacity
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.ec2.console import Console, tails
from pytest_fmbench.platforms.ec2.looking import instance, reason_of, state_of
from pytest_fmbench.platforms.ec2.ssh import host_key_in
from pytest_fmbench.platforms.ec2.ways import Way
from pytest_fmbench.platforms.local_server import answers

INITIATED_BY_ITSELF = "Client.InstanceInitiatedShutdown"
TAKEN_BACK = "Server.SpotInstanceTermination"

_NO_ROOM = ("Server.InsufficientInstanceCapacity", TAKEN_BACK)
_POLL_S = 2.0
_RUNNING_S = 900.0
_LOOK_EACH = 5
"""How many polls lie between two looks at the console."""


def wait_until_running(account: Account, identity: str) -> dict[str, Any]:
    """The instance as EC2 describes it, once it runs.

    :raises NoCapacity: when EC2 ends it because there is no room after all.
    :raises CloudFault: when it ends in another way, or is not seen to run in time.
    """
    give_up_ns = monotonic_ns() + seconds_to_ns(_RUNNING_S)
    while True:
        try:
            found = instance(account, identity)
        except Gone:
            found = None  # not yet seen everywhere
        if found is not None and state_of(found) == "running":
            return found
        if found is not None and state_of(found) != "pending":
            code = (found.get("StateReason") or {}).get("Code", "")
            told = f"instance {identity} is {state_of(found)} before it ran: {reason_of(found)}"
            raise NoCapacity(told) if code in _NO_ROOM else CloudFault(told)
        if monotonic_ns() > give_up_ns:
            raise CloudFault(f"instance {identity} does not run after {_RUNNING_S:g} s")
        account.pause(_POLL_S)


def wait_until_ready(consoles: Sequence[Console], way: Way, path: str, timeout_s: float) -> tuple[str, int]:
    """Wait until ``path`` answers 200; the host and port where it does.

    :param consoles: of its instances, that first at which it is asked.
    :raises LaunchError: when one of them ends before, or it takes longer than that; with a console's last lines.
    """
    give_up_ns, nth = monotonic_ns() + seconds_to_ns(timeout_s), 0
    while True:
        at = way.at()
        if at and answers(at[1], path, at[0]):
            return at
        if nth % _LOOK_EACH == 0:
            for console in consoles:
                _see_that_it_boots(console)
        if monotonic_ns() > give_up_ns:
            where = f"{at[0]}:{at[1]}{path}" if at else f"no way to {path}, and it"
            raise LaunchError(f"{where} did not answer within {timeout_s:g} s: not ready", tails(consoles))
        nth += 1
        consoles[0].account.pause(_POLL_S)


def wait_until_it_can_be_entered(console: Console, timeout_s: float) -> str:
    """Wait until an instance says that it is ready; the key of its host, which it has told before.

    :raises LaunchError: when it ends before, or it takes longer than that; with its console's last lines.
    """
    give_up_ns = monotonic_ns() + seconds_to_ns(timeout_s)
    while True:
        _see_that_it_boots(console)
        if console.says_ready() and (key := host_key_in(console.look())):
            return key
        if monotonic_ns() > give_up_ns:
            raise LaunchError(f"{console.identity} cannot generate load after {timeout_s:g} s", console.tail())
        console.account.pause(_POLL_S)


def _see_that_it_boots(console: Console) -> None:
    console.tell()
    problem = console.failed() or ended(console.account, console.identity)
    if problem:
        raise LaunchError(f"{problem} before it was ready", console.tail())


def one_ended(account: Account, identities: Sequence[str]) -> str | None:
    """Why the first of several instances serves no more that does not; None while all of them run.

    :raises CloudFault: when that cannot be known.
    """
    return next(filter(None, (ended(account, identity) for identity in identities)), None)


def ended(account: Account, identity: str) -> str | None:
    """Why an instance serves no more; None while it runs.

    :raises CloudFault: when that cannot be known.
    """
    try:
        found = instance(account, identity)
    except Gone:
        return f"instance {identity} is gone"
    state, reason = state_of(found), found.get("StateReason") or {}
    if state in ("pending", "running"):
        return None
    if reason.get("Code") == TAKEN_BACK:
        return f"AWS took the spot instance {identity} back"
    if reason.get("Code") == INITIATED_BY_ITSELF:
        return f"instance {identity} shut itself down, as it does when its server ends or its lease expires,"
    return f"instance {identity} is {state}: {reason_of(found)}"
