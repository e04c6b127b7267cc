"""Releasing what a session still holds when it ends, and saying what could not be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.base import Leasing, Progress

BY_REAP = "`fmbench reap` ends it"


@dataclass(frozen=True)
class Left:
    """A lease that costs on, and why."""

    lease: Lease
    problem: str

    def __str__(self) -> str:
        return f"{told(self.lease)} is left: {self.problem}; {BY_REAP}"


def release_all(
    leases: Sequence[Lease],
    platform_of: Callable[[str], Leasing],
    close: Callable[[Lease], None],
    alone: Callable[[str], AbstractContextManager[None]],
    say: Progress,
) -> list[Left]:
    """Release each of ``leases`` and close it in the book; returns those that are left.

    :param alone: keeps other processes from adopting what is being released.
    :raises KeyboardInterrupt: never: what it kept from being released is left, and is told.
    """
    left: list[Left] = []
    for nth, lease in enumerate(leases):
        try:
            problem = _released(lease, platform_of, close, alone, say)
        except KeyboardInterrupt:  # a release takes seconds, and this nothing
            return [*left, *(Left(one, "releasing it was interrupted") for one in leases[nth:])]
        left.extend([Left(lease, problem)] if problem else [])
    return left


def _released(
    lease: Lease,
    platform_of: Callable[[str], Leasing],
    close: Callable[[Lease], None],
    alone: Callable[[str], AbstractContextManager[None]],
    say: Progress,
) -> str:
    """Release a lease; returns why it could not be, empty if it was."""
    try:
        with alone(lease.specification):
            say(f"releasing {told(lease)}")
            platform_of(lease.platform).release(lease, say)
            close(lease)
    except Exception as error:  # noqa: BLE001  # whatever it is, the others are released, and it is told
        return str(error) or repr(error)
    return ""


def told(lease: Lease) -> str:
    """A lease, for people: what it is, and what it costs."""
    cost = "" if lease.usd_per_hour is None else f", ${lease.usd_per_hour:,.2f}/h"
    return f"{lease.name} ({lease.platform}, {lease.deployment}{cost})"
