"""Instances launched where there is room: zone after zone, region after region, in the order that was stated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pytest_fmbench.errors import CloudFault, NoCapacity, OverQuota
from pytest_fmbench.model.conditions import Plain
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.platforms.base import LeaseBook, Progress
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.ec2.hardware import Image, hardware_of, image_of, parameter_for_cpus, shared_out
from pytest_fmbench.platforms.ec2.hosts import ANY_ADDRESS, Fleet, Try, launch_all
from pytest_fmbench.platforms.ec2.loader import Loader, as_wanted
from pytest_fmbench.platforms.ec2.making import Making
from pytest_fmbench.platforms.ec2.quotas import see_that_the_quota_allows
from pytest_fmbench.platforms.ec2.request import Made
from pytest_fmbench.platforms.ec2.settings import DIRECT, Wanted
from pytest_fmbench.platforms.ec2.sites import Site, sites_of
from pytest_fmbench.platforms.ec2.ssh import KEYS, SSH_PORT, make_key
from pytest_fmbench.platforms.ec2.task import PORT, Task

_LOOPBACK = "127.0.0.1"

T = TypeVar("T")


@dataclass(frozen=True)
class Order:
    """What is to be launched.

    :param source: network that is let in; empty lets nobody in.
    :param usd_per_hour: by region.
    :param keys: folder for the keys of instances that generate load; None where nobody keeps any.
    """

    deployment: Deployment
    plan: LaunchPlan
    container: Container
    wanted: Wanted
    source: str
    usd_per_hour: Callable[[str], float | None]
    keys: Path | None = None


@dataclass(frozen=True)
class Launched:
    """Instances that run.

    :param making: their lease, and how that is undone.
    """

    making: Making
    fleet: Fleet


@dataclass(frozen=True)
class _Boot:
    """What is launched in a region, and where."""

    sites: Sequence[Site]
    image: Image
    task: Task
    loader: Loader | None


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
        **({"load_from": wanted.load} if wanted.load else {}),
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
    loads = loader_of(account, as_wanted(wanted), progress) if wanted.load else None
    place = {"account": account.number(), "region": region, "profile": wanted.profile, "market": wanted.market}
    if loads is not None:
        place[KEYS] = str(order.keys)
    lease = book.open(order.deployment, "ec2", place, order.usd_per_hour(region))
    making = Making(account, book, lease, progress)
    try:
        loader = None if loads is None else replace(loads, key=make_key(lease))
        return _in_zones(order, making, _Boot(sites, image, task, loader))
    except BaseException:
        making.undo()
        raise


def loader_of(account: Account, wanted: Wanted, progress: Progress) -> Loader:
    """The instance that generates load, but for its key.

    :raises OverQuota: when the account may not run it.
    :raises CloudFault: where there is no image for it.
    """
    hardware = hardware_of(account, wanted.kind)
    see_that_the_quota_allows(account, hardware, wanted, progress)
    return Loader(wanted, image_of(account, parameter_for_cpus(hardware), hardware), key="")


def _in_zones(order: Order, making: Making, boot: _Boot) -> Launched:
    wanted, sites = order.wanted, boot.sites
    group = making.group(
        sites[0].network,
        order.source,
        [PORT, SSH_PORT] if boot.loader else [PORT],
        beside=_asked_within(wanted, len(boot.task.shares)),
        fabric=wanted.efa > 0,
    )
    made = Made(group, making.cluster() if wanted.cluster else "")

    def launch_in(nth: int, site: Site) -> Fleet:
        return launch_all(making, wanted, Try(nth, site, boot.image, made), boot.task, boot.loader)

    return Launched(making, first_with_room(making, f"{wanted.what} ({wanted.market})", sites, launch_in))


def first_with_room(making: Making, what: str, sites: Sequence[Site], launch_in: Callable[[int, Site], T]) -> T:
    """What is launched in the first of ``sites`` that has room; in the others nothing of it is left.

    :param what: is launched, in words.
    :param launch_in: launches it, by the number of the try, from 1.
    :raises NoCapacity: when none has; tells of each try.
    """
    tries = list[str]()
    for nth, site in enumerate(sites, 1):
        making.progress(f"launching {what} in {site}")
        try:
            return launch_in(nth, site)
        except OverQuota as error:
            raise OverQuota(f"{making.account.region}: {error}") from None
        except NoCapacity as error:
            making.progress(f"no room in {site}")
            tries.append(f"{site}: {error}")
            making.end_instances()  # all of them, or none
    raise NoCapacity("\n  ".join(tries))


def _asked_within(wanted: Wanted, replicas: int) -> range:
    """Ports at which the instances ask each other: of replicas, and of the server by the one that generates load."""
    return range(PORT if wanted.load else PORT + 1, PORT + 1 + (replicas if wanted.hosts > 1 else 0))
