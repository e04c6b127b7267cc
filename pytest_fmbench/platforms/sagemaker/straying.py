"""What carries our tags, whatever lease files say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pytest_fmbench.errors import CredentialsFault, Gone
from pytest_fmbench.model.lease import Lease, Resource
from pytest_fmbench.model.price import Price
from pytest_fmbench.platforms.aws.clients import client
from pytest_fmbench.platforms.aws.deadman import GROUP, groups
from pytest_fmbench.platforms.aws.tags import DEPLOYMENT, EXPIRES, LEASE, OWNER, SESSION, SPECIFICATION
from pytest_fmbench.platforms.sagemaker.asking import CONFIG, ENDPOINT, KINDS, described, listed, tags_at
from pytest_fmbench.platforms.sagemaker.making import sagemaker

PREFIX = "fmbench-"
"""With which the names of leases begin, and so those of everything of ours."""

PriceOf = Callable[[str, str, str, str], Price | None]
"""Of a platform, an instance type, a region and a market."""


@dataclass(frozen=True)
class _Found:
    kind: str
    name: str
    arn: str
    tags: Mapping[str, str]
    made_s: float = 0.0


def strays(region: str, profile: str, price: PriceOf) -> Iterator[Lease]:
    """All of it in a region, as leases.

    :raises CloudFault: when it cannot be looked for.
    """
    here, leases = sagemaker(region, profile), dict[str, Lease]()
    for found in (*_of_sagemaker(here), *_of_scheduler(region, profile)):
        if found.tags.get(LEASE) != found.name or SESSION not in found.tags:
            continue  # it is named like ours, and nothing says that it is
        lease = leases.get(found.name) or _lease(found, {"region": region, "profile": profile})
        lease = replace(lease, resources=(*lease.resources, Resource(found.kind, found.name, found.arn)))
        if found.kind == ENDPOINT.word:
            usd = _usd_per_hour(here, found.name, region, price)
            lease = replace(lease, usd_per_hour=usd, made_s=found.made_s)
        leases[found.name] = lease
    yield from leases.values()


def _of_sagemaker(here: Any) -> Iterator[_Found]:  # noqa: ANN401  # boto3's
    for kind in KINDS:
        for one in listed(here, kind, PREFIX):
            name, arn = str(one[kind.key]), str(one[kind.arn])
            try:
                tags = tags_at(here, arn)
            except Gone:
                continue
            yield _Found(kind.word, name, arn, tags, _seconds(one.get("CreationTime")))


def _of_scheduler(region: str, profile: str) -> Iterator[_Found]:
    with suppress(CredentialsFault):  # who may not schedule has made none, and those of others cost nothing
        for group in groups(client("scheduler", region, profile), PREFIX):
            yield _Found(GROUP, group.name, group.arn, group.tags)


def _lease(found: _Found, place: Mapping[str, str]) -> Lease:
    expires = found.tags.get(EXPIRES, "")
    return Lease(
        name=found.name,
        platform="sagemaker",
        deployment=found.tags.get(DEPLOYMENT, ""),
        specification=found.tags.get(SPECIFICATION, ""),
        session=found.tags[SESSION],
        owner=found.tags.get(OWNER, ""),
        place=place,
        made_s=found.made_s,
        expires_s=float(expires) if expires.isdecimal() else found.made_s,
        usd_per_hour=None,
    )


def _usd_per_hour(here: Any, name: str, region: str, price: PriceOf) -> float | None:  # noqa: ANN401  # boto3's
    """What an endpoint costs, by its configuration; None where that is gone, or its price is not known."""
    try:
        variants = described(here, CONFIG, name)["ProductionVariants"]
    except Gone:
        return None
    total = 0.0
    for one in variants:
        each = price("sagemaker", str(one["InstanceType"]), region, "on-demand")
        if each is None:
            return None
        total += each.usd_per_hour * float(one.get("InitialInstanceCount", 1))
    return total


def _seconds(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0
