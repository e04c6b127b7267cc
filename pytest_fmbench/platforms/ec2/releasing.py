"""Everything of a lease deleted, and nothing else; and what lies about without one."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from pytest_fmbench.clock import monotonic_ns, seconds_to_ns
from pytest_fmbench.errors import CloudFault, CredentialsFault, Gone
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.base import Progress
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.ec2.looking import (
    GONE_STATES,
    INSTANCE,
    KINDS,
    Kind,
    instances_of,
    others_of,
    reason_of,
    state_of,
)
from pytest_fmbench.platforms.ec2.ssh import forget_key

_POLL_S = 3.0
_TERMINATED_S = 1_200.0
"""How long the largest instances may take to shut down."""
_ROUNDS = 40
_LOOKS = 4
"""How often it is looked for something whose create call had no answer: it need not be seen at once."""


def release(account: Account, lease: Lease, progress: Progress) -> None:
    """Delete what ``lease`` has, and return once it is seen to be gone.

    :raises CloudFault: when something of it is left, or that cannot be known.
    :raises StoreError: when its key cannot be removed here.
    """
    see_that_it_is_the_account(account, lease)
    end_instances(account, lease, progress)
    for kind in KINDS:
        _delete(account, kind, lease)
    forget_key(lease)


def see_that_it_is_the_account(account: Account, lease: Lease) -> None:
    """See that the credentials are of the account that ``lease`` is in; in another, everything would seem gone.

    :raises CloudFault: when they are not.
    """
    held, here = lease.place.get("account"), account.number()
    if held is not None and held != here:
        raise CloudFault(
            f"lease {lease.name} is in AWS account {held}, and the credentials are of {here}: "
            f"use those that made it (profile {lease.place.get('profile') or 'default'!r})"
        )


def end_instances(account: Account, lease: Lease, progress: Progress) -> None:
    """Terminate all instances of ``lease``, and return once they are seen to be gone.

    :raises CloudFault: when one is left, or that cannot be known.
    """
    give_up_ns, looks, told = monotonic_ns() + seconds_to_ns(_TERMINATED_S), 0, False
    while True:
        found = instances_of(account, lease)
        there = [one for one in found if state_of(one) != "terminated"]
        seen = {one.get("ClientToken") for one in found}
        lost = any(one.kind == INSTANCE and not one.identity and one.name not in seen for one in lease.resources)
        if not there and (looks >= _LOOKS or not lost):
            return
        looks += 1
        running = [one["InstanceId"] for one in there if state_of(one) not in GONE_STATES]
        if running:
            if not told:
                progress(f"terminating {', '.join(running)}")
            told = True
            with suppress(Gone):  # one went by itself meanwhile: the next look tells
                account.ask("ec2", "terminate_instances", InstanceIds=running)
        if monotonic_ns() > give_up_ns:
            states = ", ".join(f"{one['InstanceId']} is {state_of(one)} {reason_of(one)}".strip() for one in there)
            raise CloudFault(f"lease {lease.name}: after {_TERMINATED_S:g} s {states}")
        account.pause(_POLL_S)


def _delete(account: Account, kind: Kind, lease: Lease) -> None:
    """Delete what there is of one kind, again and again while something else still holds it."""
    lost = any(one.kind == kind.name and not one.identity for one in lease.resources)
    problem = ""
    for nth in range(_ROUNDS):
        there = others_of(account, kind, lease)
        if not there and (nth >= _LOOKS or not lost):
            return
        problem = "; ".join(filter(None, (_problem_with(account, kind, one) for one in there)))
        if problem or not there:
            account.pause(_POLL_S)
    left = ", ".join(str(one[kind.identity]) for one in others_of(account, kind, lease))
    raise CloudFault(f"lease {lease.name}: {kind.name} {left} is left: {problem}")


def _problem_with(account: Account, kind: Kind, one: dict[str, Any]) -> str:
    """What keeps one from being deleted; empty where it is."""
    try:
        account.ask("ec2", kind.delete, **{kind.named_by: one[kind.named_by]})
    except CredentialsFault:
        raise
    except Gone:
        return ""
    except CloudFault as error:
        return str(error)
    return ""
