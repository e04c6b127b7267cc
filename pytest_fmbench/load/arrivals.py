"""Loads: when requests begin. Pure; a load knows neither clock nor server."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_fmbench.errors import UsageError


@dataclass(frozen=True)
class Closed:
    """Closed loop: a fixed number of users, each of whom asks again as soon as the reply is there."""

    users: int

    def __str__(self) -> str:
        # for node ids: pytest's -k takes colons, but no parentheses
        return f"closed:{self.users}"


Load = Closed


def closed(users: int) -> Closed:
    """``users`` users at once, next after previous.

    :raises UsageError: for less than one user, or a part of one.
    """
    if not isinstance(users, int) or isinstance(users, bool) or users < 1:
        raise UsageError(f"closed({users!r}): give a whole number of users, from 1")
    return Closed(users)
