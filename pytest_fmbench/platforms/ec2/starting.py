"""From an instance that runs to a server that answers."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from pytest_fmbench.errors import NotAllowed, UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.base import LeaseBook, Progress
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.ec2.adopting import see_that_it_serves, the_instance_of
from pytest_fmbench.platforms.ec2.console import Console
from pytest_fmbench.platforms.ec2.launching import Order, address_of, facts_of_instance, launch
from pytest_fmbench.platforms.ec2.releasing import release
from pytest_fmbench.platforms.ec2.server import Ec2Server, keep_console
from pytest_fmbench.platforms.ec2.settings import SSM, Wanted
from pytest_fmbench.platforms.ec2.userdata import PORT, served_model
from pytest_fmbench.platforms.ec2.waiting import ended, wait_until_ready
from pytest_fmbench.platforms.ec2.watching import Watch
from pytest_fmbench.platforms.ec2.ways import Forwarded, Straight, Way
from pytest_fmbench.platforms.facts import facts_of
from pytest_fmbench.platforms.filling import asks_for

_PRIVATE_REGISTRY = re.compile(r"\d{12}\.dkr\.ecr\.")


@dataclass(frozen=True)
class Held:
    """An instance of ours, and what is done with it.

    :param found: as EC2 describes it.
    :param log: for what its console tells; None keeps nothing.
    """

    account: Account
    wanted: Wanted
    plan: LaunchPlan
    found: dict[str, Any]
    book: LeaseBook
    progress: Progress
    log: Path | None = None

    @cached_property
    def console(self) -> Console:
        """Its console."""
        return Console(self.account, str(self.found["InstanceId"]), self.progress)

    @cached_property
    def way(self) -> Way:
        """How its server is asked."""
        if self.wanted.access == SSM:
            return Forwarded(self.account, self.console.identity, PORT, self.log or Path(os.devnull))
        return Straight(address_of(self.wanted, self.found), PORT)

    def server(self, lease: Lease, at: tuple[str, int]) -> Ec2Server:
        """Its server, which answers there."""
        plan, (host, port) = self.plan, at
        facts = facts_of(host, port, plan.facts) | facts_of_instance(self.wanted, self.account.region, self.found)
        endpoint = Endpoint(
            base_url=f"http://{host}:{port}{plan.base_path}",
            model=served_model(plan, self.wanted.weights),
            dialect=plan.dialect,
            request_fields=plan.request_fields,
            forwarded=self.wanted.access == SSM,
        )
        return Ec2Server(
            endpoint,
            facts | {"image": self.console.image()},
            lease,
            way=self.way,
            console=self.console,
            watch=Watch(partial(ended, self.account, self.console.identity), self.progress),
            log=self.log,
            release=self._end,
        )

    def _end(self, lease: Lease) -> None:
        release(self.account, lease, self.progress)
        self.book.close(lease)


def started(order: Order, accounts: Sequence[Account], book: LeaseBook, log: Path, progress: Progress) -> Ec2Server:
    """A server on an instance that is launched for it; nothing of that is left, or it is told, where it fails."""
    launched = launch(order, accounts, book, progress)
    making, wanted, plan = launched.making, order.wanted, order.plan
    try:
        held = Held(making.account, wanted, plan, launched.instance, book, progress, log)
        try:
            timeout_s = wanted.boot_timeout_s + plan.ready_timeout_s
            at = wait_until_ready(held.console, held.way, plan.ready_path, timeout_s)
            return held.server(making.lease, at)
        except BaseException:
            keep_console(held.console, log)
            held.way.close()
            raise
    except BaseException:
        making.undo()
        raise


def adopted(
    lease: Lease, wanted: Wanted, plan: LaunchPlan, account: Account, *, book: LeaseBook, progress: Progress
) -> Ec2Server:
    """A server on the instance that ``lease`` has."""
    held = Held(account, wanted, plan, the_instance_of(account, lease, wanted), book, progress)
    try:
        return held.server(lease, see_that_it_serves(held.console, held.way, plan, wanted.boot_timeout_s))
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
    if _PRIVATE_REGISTRY.match(container.image) and not wanted.role:
        raise UsageError(
            f"{deployment.id}: {container.image} is in a private registry: give an instance_role= that it lets in"
        )
    return container
