"""Instances launched where there is room: zone after zone, region after region, in the order that was stated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_fmbench.errors import CloudFault, NoCapacity, OverQuota
from pytest_fmbench.model.conditions import Plain
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.platforms.base import LeaseBook, Progress
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.ec2.hardware import Image, hardware_of, image_of, shared_out
from pytest_fmbench.platforms.ec2.hosts import ANY_ADDRESS, Fleet, Try, launch_all
from pytest_fmbench.platforms.ec2.making import Making
from pytest_fmbench.platforms.ec2.quotas import see_that_the_quota_allows
from pytest_fmbench.platforms.ec2.request import Made
from pytest_fmbench.platforms.ec2.settings import DIRECT, Wanted
from pytest_fmbench.platforms.ec2.sites import Site, sites_of
from pytest_fmbench.platforms.ec2.task import PORT, Task, ports_of

_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Order:
    """What is to be launched.

    :param source: network that is let in; empty lets nobody in.
    :param usd_per_hour: by region.
    """

    deployment: Deployment
    plan: LaunchPlan
    container: Container
    wanted: Wanted
    source: str
    usd_per_hour: Callable[[str], float | None]


@dataclass(frozen=True)
class Launched:
    """Instances that run.

    :param making: their lease, and how that is undone.
    """

    making: Making
    fleet: Fleet


def launch(order: Order, accounts: Sequence[Account], book: LeaseBook, progress: Progress) -> Launched:
    """Launch all of it in the first of ``accounts``, which are one account in several regions, that has room.

    :raises NoCapacity: when none has; tells of each try.
    :raises CloudFault: when it fails in another way; then nothing of it is left, or that is told.
    """
    tries = []
    for account in accounts:
        try:
            return _in_region(order, account, book, progress)
        except NoCapacity as error:  # noqa: PERF203  # each try may take minutes
            tries.append(str(error))
    wanted = order.wanted
    listed = "\n".join(f"  {one}" for one in tries)
    raise NoCapacity(f"{order.deployment.id}: {wanted.what} ({wanted.market}) cannot be had now:\n{listed}")


def address_of(wanted: Wanted, found: dict[str, Any]) -> str:
    """At which an instance is asked.

    :raises CloudFault: where it has none.
    """
    address = found.get("PublicIpAddress" if wanted.public else "PrivateIpAddress")
    if not address:
        raise CloudFault(
            f"instance {found['InstanceId']} has no public address: name a subnet that gives one, ask it from inside "
            "its network (source=), or through a session (access=ssm)"
        )
    return str(address)


def facts_of_instance(wanted: Wanted, region: str, found: dict[str, Any]) -> dict[str, Plain]:
    """What is known of it beside what its server says."""
    return {
        "instance": str(found["InstanceType"]),
        "region": region,
        "zone": str(found["Placement"]["AvailabilityZone"]),
        "ami": str(found["ImageId"]),
        "market": wanted.market,
        **({"hosts": wanted.hosts} if wanted.hosts > 1 else {}),
    }


def _in_region(order: Order, account: Account, book: LeaseBook, progress: Progress) -> Launched:
    wanted, region = order.wanted, account.region
    hardware = hardware_of(account, wanted.kind)
    shares = shared_out(order.deployment, order.plan, hardware)
    see_that_the_quota_allows(account, hardware, wanted, progress)
    sites = sites_of(account, wanted)
    image = image_of(account, wanted.ami, hardware)
    address = ANY_ADDRESS if wanted.access == DIRECT else _LOOPBACK
    task = Task(order.plan, order.container, region, shares, address, wanted.token_parameter, wanted.weights)
    place = {"account": account.number(), "region": region, "profile": wanted.profile, "market": wanted.market}
    lease = book.open(order.deployment, "ec2", place, order.usd_per_hour(region))
    making = Making(account, book, lease, progress)
    try:
        return _in_zones(order, making, sites, image, task)
    except BaseException:
        making.undo()
        raise


def _in_zones(order: Order, making: Making, sites: Sequence[Site], image: Image, task: Task) -> Launched:
    wanted, tries = order.wanted, []
    beside = ports_of(len(task.shares)) if wanted.hosts > 1 else ()
    group = making.group(sites[0].network, order.source, PORT, beside=beside, fabric=wanted.efa > 0)
    made = Made(group, making.cluster() if wanted.cluster else "")
    for nth, site in enumerate(sites, 1):
        making.progress(f"launching {wanted.what} ({wanted.market}) in {site}")
        try:
            return Launched(making, launch_all(making, wanted, Try(nth, site, image, made), task))
        except OverQuota as error:
            raise OverQuota(f"{making.account.region}: {error}") from None
        except NoCapacity as error:
            making.progress(f"no room in {site}")
            tries.append(f"{site}: {error}")
            making.end_instances()  # all of them, or none
    raise NoCapacity("\n  ".join(tries))
