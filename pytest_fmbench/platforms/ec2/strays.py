"""What carries our tags, as leases; found by tags alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pytest_fmbench.model.lease import Lease, Resource
from pytest_fmbench.platforms.aws.tags import DEPLOYMENT, EXPIRES, LEASE, OWNER, SESSION, SPECIFICATION
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.ec2.looking import GONE_STATES, INSTANCE, KINDS, instances, of_anybody, state_of, tags_on
from pytest_fmbench.platforms.ec2.settings import ON_DEMAND, SPOT

PriceOf = Callable[[str, str], "float | None"]
"""Dollars an hour of an instance type in a market."""


@dataclass
class _Stray:
    """What one lease has.

    :ivar usd: of its instances, an hour; None once that of one is not known.
    """

    tags: dict[str, str]
    made_s: float
    resources: list[Resource] = field(default_factory=list)
    usd: float | None = 0.0


def strays_in(account: Account, price: PriceOf) -> list[Lease]:
    """Leases of all that is there, with the tags that their first resource carries."""
    found: dict[tuple[str, str], _Stray] = {}
    number = account.number()
    for resource, tags, told in _all(account):
        expires_s = _seconds(tags)
        stray = found.setdefault((tags[LEASE], tags.get(SESSION, "")), _Stray(tags, expires_s))
        stray.resources.append(resource)
        if resource.kind == INSTANCE:
            market = SPOT if told.get("InstanceLifecycle") == SPOT else ON_DEMAND
            usd = price(told["InstanceType"], market)
            stray.usd = None if usd is None or stray.usd is None else stray.usd + usd
            stray.made_s = min(stray.made_s, told["LaunchTime"].timestamp())
    place = {"account": number, "region": account.region, "profile": account.profile}
    return [_lease(stray, place) for stray in found.values()]


def _all(account: Account) -> Iterator[tuple[Resource, dict[str, str], dict[str, Any]]]:
    for one in instances(account, of_anybody()):
        if state_of(one) not in GONE_STATES:
            yield Resource(INSTANCE, one.get("ClientToken", ""), one["InstanceId"]), tags_on(one), one
    for kind in KINDS:
        for one in account.each(kind.describe, kind.key, Filters=[*of_anybody()]):
            tags = tags_on(one)
            yield Resource(kind.name, tags[LEASE], str(one[kind.identity])), tags, one


def _lease(stray: _Stray, place: dict[str, str]) -> Lease:
    tags = stray.tags
    return Lease(
        name=tags[LEASE],
        platform="ec2",
        deployment=tags.get(DEPLOYMENT, ""),
        specification=tags.get(SPECIFICATION, ""),
        session=tags.get(SESSION, ""),
        owner=tags.get(OWNER, ""),
        place=place,
        made_s=stray.made_s,
        expires_s=_seconds(tags),
        usd_per_hour=stray.usd,
        resources=tuple(stray.resources),
    )


def _seconds(tags: dict[str, str]) -> float:
    """When what carries ``tags`` expires; 0 where they do not say it as we do: then it has."""
    text = tags.get(EXPIRES, "")
    return float(text) if text.isdecimal() else 0.0
