"""All instances of a deployment, launched in one zone, with the one that generates load; known by their client tokens.

The one at which requests arrive is launched last: it is told where the replicas of the others are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.ec2.hardware import Image
from pytest_fmbench.platforms.ec2.loader import Loader, load_script
from pytest_fmbench.platforms.ec2.making import Making
from pytest_fmbench.platforms.ec2.request import Made, run_request
from pytest_fmbench.platforms.ec2.settings import Wanted
from pytest_fmbench.platforms.ec2.sites import Site
from pytest_fmbench.platforms.ec2.task import Task, ports_of
from pytest_fmbench.platforms.ec2.userdata import user_data
from pytest_fmbench.platforms.ec2.waiting import wait_until_running

ANY_ADDRESS = "0.0.0.0"  # noqa: S104  # of the instance, whose security group says who is let in
LOAD = "load"


@dataclass(frozen=True)
class Fleet:
    """Instances that run for one deployment, as EC2 describes them.

    :param first: at which requests arrive.
    :param others: whose replicas it shares them out to as well.
    :param load: which generates load; None where there is none.
    """

    first: dict[str, Any]
    others: tuple[dict[str, Any], ...] = ()
    load: dict[str, Any] | None = None

    @property
    def identities(self) -> tuple[str, ...]:
        """Their ids: of the first, the others, and the one that generates load."""
        load = () if self.load is None else (self.load,)
        return tuple(str(one["InstanceId"]) for one in (self.first, *self.others, *load))


@dataclass(frozen=True)
class Try:
    """Where instances are launched, and of what.

    :param nth: number of the try, from 1.
    """

    nth: int
    site: Site
    image: Image
    made: Made


def launch_all(making: Making, wanted: Wanted, at: Try, task: Task, loader: Loader | None) -> Fleet:
    """Launch them, and return once all of them run.

    :raises NoCapacity: when one cannot be had; those that were launched before it are there still.
    """

    def run(what: str, kind: Wanted, image: Image, data: bytes) -> str:
        token = token_of(making.lease, at.nth, what)
        made = at.made if kind.cluster else replace(at.made, cluster="")
        request = run_request(making.lease, token, kind, site=at.site, image=image, made=made, user_data=data)
        return making.instance(token, request)

    def serve(what: str, does: Task) -> str:
        return run(what, wanted, at.image, user_data(making.lease, does))

    behind = replace(task, behind=True, address=ANY_ADDRESS)
    launched = [serve(str(host), behind) for host in range(2, wanted.hosts + 1)]
    others = tuple(wait_until_running(making.account, identity) for identity in launched)
    first = serve("", replace(task, beside=_replicas_of(others, len(task.shares))))
    data = load_script(making.lease, loader.key).encode() if loader else b""
    load = run(LOAD, loader.wanted, loader.image, data) if loader else ""
    running = wait_until_running(making.account, first)
    return Fleet(running, others, wait_until_running(making.account, load) if load else None)


def token_of(lease: Lease, nth: int, what: str = "") -> str:
    """By which an instance is asked for, and known later.

    :param nth: number of the try.
    :param what: it is: a number from 2, or ``LOAD``; empty is the one at which requests arrive.
    """
    return "-".join(filter(None, (lease.name, str(nth), what)))


def fleet_of(lease: Lease, found: Sequence[dict[str, Any]]) -> Fleet | None:
    """Instances of ``lease`` by what they are; None where the one is missing at which requests arrive."""
    known = {_what(lease, one): one for one in found}
    first, load = known.pop("", None), known.pop(LOAD, None)
    return Fleet(first, tuple(known[what] for what in sorted(known, key=int)), load) if first else None


def _what(lease: Lease, found: dict[str, Any]) -> str:
    """What an instance is, as :func:`token_of` has it."""
    return str(found.get("ClientToken", "")).removeprefix(f"{lease.name}-").partition("-")[2]


def _replicas_of(instances: Sequence[dict[str, Any]], replicas: int) -> list[str]:
    """Host and port of each replica on instances that share nothing out themselves."""
    return [f"{one['PrivateIpAddress']}:{port}" for one in instances for port in ports_of(replicas)]
