"""What the dead-man of an endpoint does, and whether there is one."""

from __future__ import annotations

from pytest_fmbench.errors import CredentialsFault
from pytest_fmbench.model.lease import Lease, Resource
from pytest_fmbench.platforms.aws.clients import client
from pytest_fmbench.platforms.aws.deadman import GROUP, Attempt, Deadman
from pytest_fmbench.platforms.base import LeaseBook, Progress
from pytest_fmbench.platforms.sagemaker.asking import COMPONENT

_AGAIN_S = (0.0, 1_800.0, 7_200.0)
"""AWS refuses to delete an endpoint that is still being made, and one that holds components; whether EventBridge
tries a refused call again is not written anywhere."""


def attempts_of(lease: Lease) -> tuple[Attempt, ...]:
    """The calls that end what ``lease`` holds and what costs."""
    kinds = {"deleteEndpoint": "EndpointName"}
    if any(one.kind == COMPONENT.word for one in lease.resources):
        kinds = {"deleteInferenceComponent": COMPONENT.key} | kinds
    return tuple(
        Attempt(f"{action}-{nth}", "sagemaker", action, {key: lease.name}, after_s)
        for action, key in kinds.items()
        for nth, after_s in enumerate(_AGAIN_S, 1)
    )


def deadman_of(lease: Lease) -> Deadman | None:
    """The dead-man of a lease; None where it has no role for one."""
    role, region = lease.place.get("scheduler_role", ""), lease.place["region"]
    if not role:
        return None
    return Deadman(client("scheduler", region, lease.place.get("profile", "")), role, role.split(":")[1])


def armed(book: LeaseBook, lease: Lease, progress: Progress) -> Lease:
    """The lease, once its dead-man stands, or it was said that there is none.

    :raises CloudFault: when there is a role for it, and it cannot be made for another reason than that we may not.
    """
    deadman = deadman_of(lease)
    if deadman is None:
        progress(_unprotected(lease, "there is no scheduler_role="))
        return lease
    lease = book.note(lease, Resource(GROUP, lease.name))
    try:
        deadman.arm(lease, attempts_of(lease))
    except CredentialsFault as fault:
        progress(_unprotected(lease, str(fault)))
        return lease
    return book.note(lease, Resource(GROUP, lease.name, lease.name))


def _unprotected(lease: Lease, why: str) -> str:
    return (
        f"{lease.deployment}: nothing ends this endpoint should this machine be lost: {why}. Then run `fmbench reap` "
        "from another one"
    )
