"""From instances that run to a server that answers."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from pytest_fmbench.errors import NotAllowed, StoreError, UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Beside, Endpoint
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.base import LeaseBook, Progress
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.ec2.adopting import see_that_it_serves, the_fleet_of
from pytest_fmbench.platforms.ec2.console import Console
from pytest_fmbench.platforms.ec2.hosts import Fleet
from pytest_fmbench.platforms.ec2.launching import Order, address_of, facts_of_instance, launch
from pytest_fmbench.platforms.ec2.loader import USER
from pytest_fmbench.platforms.ec2.releasing import release
from pytest_fmbench.platforms.ec2.sending import entered
from pytest_fmbench.platforms.ec2.server import Ec2Server, keep_consoles
from pytest_fmbench.platforms.ec2.settings import SSM, Wanted
from pytest_fmbench.platforms.ec2.ssh import Ssh, hosts_of, key_of
from pytest_fmbench.platforms.ec2.task import PORT, served_model
from pytest_fmbench.platforms.ec2.waiting import one_ended, wait_until_ready
from pytest_fmbench.platforms.ec2.watching import Watch
from pytest_fmbench.platforms.ec2.ways import Forwarded, Straight, Way
from pytest_fmbench.platforms.facts import facts_of
from pytest_fmbench.platforms.filling import asks_for

_PRIVATE_REGISTRY = re.compile(r"\d{12}\.dkr\.ecr\.")
_OF_HERE = re.compile(r"[.~]|[A-Za-z]:\\")


@dataclass(frozen=True)
class Held:
    """Instances of ours, and what is done with them.

    :param log: for what their consoles tell; None keeps nothing.
    """

    account: Account
    wanted: Wanted
    plan: LaunchPlan
    fleet: Fleet
    book: LeaseBook
    progress: Progress
    log: Path | None = None

    @cached_property
    def consoles(self) -> tuple[Console, ...]:
        """Of all of them, that first at which requests arrive."""
        return tuple(Console(self.account, identity, self.progress) for identity in self.fleet.identities)

    @cached_property
    def way(self) -> Way:
        """How its server is asked."""
        if self.wanted.access == SSM:
            return Forwarded(self.account, self.consoles[0].identity, PORT, self.log or Path(os.devnull))
        return Straight(address_of(self.wanted, self.fleet.first), PORT)

    def server(self, lease: Lease, at: tuple[str, int]) -> Ec2Server:
        """Its server, which answers there."""
        plan, (host, port) = self.plan, at
        facts = facts_of(host, port, plan.facts)
        facts |= facts_of_instance(self.wanted, self.account.region, self.fleet.first)
        endpoint = Endpoint(
            base_url=f"http://{host}:{port}{plan.base_path}",
            model=served_model(plan, self.wanted.weights),
            dialect=plan.dialect,
            request_fields=plan.request_fields,
            forwarded=self.wanted.access == SSM,
            shared=self.wanted.hosts > 1,
            beside=self._beside(lease),
        )
        return Ec2Server(
            endpoint,
            facts | {"image": self.consoles[0].image()},
            lease,
            way=self.way,
            consoles=self.consoles,
            watch=Watch(partial(one_ended, self.account, self.fleet.identities), self.progress),
            log=self.log,
            release=self._end,
        )

    def _beside(self, lease: Lease) -> Beside | None:
        """The instance that generates load, once it has all that it takes; None where there is none."""
        if self.fleet.load is None:
            return None
        ssh = Ssh(key_of(lease), hosts_of(lease), address_of(self.wanted, self.fleet.load), USER)
        command = entered(self.consoles[-1], ssh, self.wanted.boot_timeout_s, self.progress)
        return Beside(command, f"http://{self.fleet.first['PrivateIpAddress']}:{PORT}{self.plan.base_path}")

    def _end(self, lease: Lease) -> None:
        release(self.account, lease, self.progress)
        self.book.close(lease)


def started(order: Order, accounts: Sequence[Account], book: LeaseBook, log: Path, progress: Progress) -> Ec2Server:
    """A server on instances that are launched for it; nothing of that is left, or it is told, where it fails."""
    launched = launch(order, accounts, book, progress)
    making, wanted, plan = launched.making, order.wanted, order.plan
    try:
        held = Held(making.account, wanted, plan, launched.fleet, book, progress, log)
        try:
            timeout_s = wanted.boot_timeout_s + plan.ready_timeout_s
            at = wait_until_ready(held.consoles, held.way, plan.ready_path, timeout_s)
            return held.server(making.lease, at)
        except BaseException:
            _tell_what_they_wrote(held, log)
            held.way.close()
            raise
    except BaseException:
        making.undo()
        raise


def _tell_what_they_wrote(held: Held, log: Path) -> None:
    """Keep it; where that cannot be written, why it failed is told all the same, and what is up ends."""
    try:
        keep_consoles(held.consoles, log)
    except StoreError as error:
        held.progress(str(error))


def adopted(
    lease: Lease, wanted: Wanted, plan: LaunchPlan, account: Account, *, book: LeaseBook, progress: Progress
) -> Ec2Server:
    """A server on the instances that ``lease`` has."""
    held = Held(account, wanted, plan, the_fleet_of(account, lease, wanted), book, progress)
    try:
        return held.server(lease, see_that_it_serves(held.consoles, held.way, plan, wanted.boot_timeout_s))
    except BaseException:
        held.way.close()
        raise


def container_of(deployment: Deployment, plan: LaunchPlan, wanted: Wanted) -> Container:
    """What an instance is to run.

    :raises NotAllowed: where its stack has no image.
    :raises UsageError: where the instance could not run it.
    """
    container = plan.container
    if container is None:
        raise NotAllowed(f"{deployment.id}: an instance runs containers, and {deployment.stack} has none")
    if asks_for("weights", container.arguments, container.environment.values()) and not wanted.weights:
        raise UsageError(
            f"{deployment.id}: {deployment.stack} is given its weights, and they are not on the instance: name them by "
            "weights= (an s3:// or https:// URL, or a path of the image), or use a stack that fetches a Hugging Face id"
        )
    if ours := [path for path in (plan.model, *plan.paths) if _OF_HERE.match(path)]:
        raise UsageError(
            f"{deployment.id}: {ours[0]} is a path of this machine, which an instance does not see: name an id of the "
            "Hugging Face Hub, or a path of its own image from the root on"
        )
    if _PRIVATE_REGISTRY.match(container.image) and not wanted.role:
        raise UsageError(
            f"{deployment.id}: {container.image} is in a private registry: give an instance_role= that it lets in"
        )
    return container
