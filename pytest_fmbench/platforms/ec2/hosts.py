"""All instances of a deployment, launched in one zone; each known by its client token.

The one at which requests arrive is launched last: it is told where the replicas of the others are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.ec2.hardware import Image
from pytest_fmbench.platforms.ec2.making import Making
from pytest_fmbench.platforms.ec2.request import Made, run_request
from pytest_fmbench.platforms.ec2.settings import Wanted
from pytest_fmbench.platforms.ec2.sites import Site
from pytest_fmbench.platforms.ec2.task import Task, ports_of
from pytest_fmbench.platforms.ec2.userdata import user_data
from pytest_fmbench.platforms.ec2.waiting import wait_until_running

ANY_ADDRESS = "0.0.0.0"  # noqa: S104  # of the instance, whose security group says who is let in


@dataclass(frozen=True)
class Fleet:
    """Instances that run for one deployment, as EC2 describes them.

    :param first: at which requests arrive.
    :param others: whose replicas it shares them out to as well.
    """

    first: dict[str, Any]
    others: tuple[dict[str, Any], ...] = ()

    @property
    def identities(self) -> tuple[str, ...]:
        """Their ids, that of the first before the others'."""
        return tuple(str(one["InstanceId"]) for one in (self.first, *self.others))


@dataclass(frozen=True)
class Try:
    """Where instances are launched, and of what.

    :param nth: number of the try, from 1.
    """

    nth: int
    site: Site
    image: Image
    made: Made


def launch_all(making: Making, wanted: Wanted, at: Try, task: Task) -> Fleet:
    """Launch them, and return once all of them run.

    :raises NoCapacity: when one cannot be had; those that were launched before it are there still.
    """

    def run(what: str, does: Task) -> str:
        token, data = token_of(making.lease, at.nth, what), user_data(making.lease, does)
        request = run_request(
            making.lease, token, wanted, site=at.site, image=at.image, made=at.made, user_data=data
        )
        return making.instance(token, request)

    behind = replace(task, behind=True, address=ANY_ADDRESS)
    launched = [run(str(host), behind) for host in range(2, wanted.hosts + 1)]
    others = tuple(wait_until_running(making.account, identity) for identity in launched)
    first = run("", replace(task, beside=_replicas_of(others, len(task.shares))))
    return Fleet(wait_until_running(making.account, first), others)


def token_of(lease: Lease, nth: int, what: str = "") -> str:
    """By which an instance is asked for, and known later.

    :param nth: number of the try.
    :param what: it is; empty is the one at which requests arrive.
    """
    return "-".join(filter(None, (lease.name, str(nth), what)))


def fleet_of(lease: Lease, found: Sequence[dict[str, Any]]) -> Fleet | None:
    """Instances of ``lease`` by what they are; None where the one is missing at which requests arrive."""
    first = [one for one in found if _is_first(lease, one)]
    others = sorted((one for one in found if not _is_first(lease, one)), key=lambda one: str(one["ClientToken"]))
    return Fleet(first[0], tuple(others)) if len(first) == 1 else None


def _is_first(lease: Lease, found: dict[str, Any]) -> bool:
    return str(found.get("ClientToken", "")).removeprefix(f"{lease.name}-").isdecimal()


def _replicas_of(instances: Sequence[dict[str, Any]], replicas: int) -> list[str]:
    """Host and port of each replica on instances that share nothing out themselves."""
    return [f"{one['PrivateIpAddress']}:{port}" for one in instances for port in ports_of(replicas)]
