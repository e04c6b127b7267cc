"""The platform ``paid``: ``Deployment("m", "fake", "paid:toy")`` costs 3.6 dollars an hour, 0.1 cents a second."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from pytest_fmbench.errors import CloudFault, EnvironmentFault, LaunchError
from pytest_fmbench.model.conditions import Plain
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.lease import Lease, Resource
from pytest_fmbench.model.price import Price
from pytest_fmbench.platforms.base import LeaseBook, Progress, Surroundings
from tests.support.paid.cloud import Thing, ToyCloud, toy_cloud
from tests.support.processes import alive, eventually

USD_PER_HOUR = 3.6
_FOR_A_WHILE_S = 60.0


class ToyServer:
    """A toy that serves."""

    foreign = False
    version = "toy"

    def __init__(self, thing: Thing, lease: Lease, platform: Toy) -> None:
        self.endpoint = Endpoint(f"http://127.0.0.1:{thing.port}/v1", "m", "openai-chat")
        self.facts: Mapping[str, Plain] = {"toy": thing.lease}
        self._thing, self._lease, self._platform = thing, lease, platform

    def failure(self) -> str | None:
        return None if alive(self._thing.pid) else "the toy is gone"

    def log_tail(self) -> Sequence[str]:
        return ()

    def stop(self) -> None:
        self._platform.give_up(self._lease)


class Toy:
    """Makes toys, as ``Leasing`` says it."""

    name = "paid"
    shares_this_machine = False

    def __init__(self, surroundings: Surroundings) -> None:
        self._book = surroundings.book

    def check(self, deployment: Deployment) -> None:
        pass

    def usd_per_hour(self, deployment: Deployment) -> float | None:
        return None if deployment.place == "unknown" else USD_PER_HOUR

    def price_of_serving(self, deployment: Deployment) -> Price | None:
        usd = self.usd_per_hour(deployment)
        return None if usd is None else Price(usd, "the shop", "2026-11")

    def start(self, deployment: Deployment, plan: LaunchPlan | None, log: Path, progress: Progress) -> ToyServer:  # noqa: ARG002  # the protocol's
        book, cloud = self._the_book(), self._asked("start", deployment.id)
        lease = book.open(deployment, self.name, {"region": "nursery"}, self.usd_per_hour(deployment))
        lease = book.note(lease, Resource("toy", lease.name))
        progress(f"starting {lease.name}")
        thing = Thing(
            lease.name,
            lease.session,
            lease.owner,
            lease.deployment,
            lease.specification,
            lease.made_s,
            lease.expires_s,
            USD_PER_HOUR,
            pid=0,
            port=0,
        )
        command = [sys.executable, "-m", "tests.support.paid.server", json.dumps(asdict(thing))]
        with log.open("ab") as sink:
            subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
        assert eventually(lambda: cloud.thing(lease.name) is not None)
        if "boot" in cloud.broken():
            self.give_up(lease)
            raise LaunchError("it never became ready")
        if "hang" in cloud.broken():
            time.sleep(_FOR_A_WHILE_S)
        made = cloud.thing(lease.name)
        assert made is not None
        return ToyServer(made, lease, self)

    def adopt(self, lease: Lease, deployment: Deployment, plan: LaunchPlan | None, progress: Progress) -> ToyServer:  # noqa: ARG002  # the protocol's
        thing = self._asked("adopt", lease.name).thing(lease.name)
        if thing is None or thing.specification != lease.specification or not alive(thing.pid):
            raise EnvironmentFault(f"{lease.name} is not what it claims")
        return ToyServer(thing, lease, self)

    def renew(self, lease: Lease) -> None:
        cloud = self._asked("renew", lease.name)
        if cloud.thing(lease.name) is not None:
            cloud.change(lease.name, expires_s=lease.expires_s)

    def release(self, lease: Lease, progress: Progress) -> None:  # noqa: ARG002  # the protocol's
        self._asked("release", lease.name).delete(lease.name)

    def strays(self, regions: Sequence[str]) -> Sequence[Lease]:
        found = self._asked("strays", ",".join(regions)).things()
        place = {"region": "nursery"}
        return [
            Lease(
                one.lease,
                self.name,
                one.deployment,
                one.specification,
                one.session,
                one.owner,
                place,
                one.made_s,
                one.expires_s,
                one.usd_per_hour,
                (Resource("toy", one.lease, str(one.pid)),),
            )
            for one in found
        ]

    def give_up(self, lease: Lease) -> None:
        """Release a lease, and close it."""
        self.release(lease, lambda _: None)
        self._the_book().close(lease)

    def _asked(self, call: str, what: str) -> ToyCloud:
        """The cloud, which was asked for something.

        :raises CloudFault: where that fails.
        """
        cloud = toy_cloud()
        cloud.note(f"{call} {what} by {os.getpid()}")
        if call in cloud.broken():
            raise CloudFault(f"{call}: the toys are on strike")
        return cloud

    def _the_book(self) -> LeaseBook:
        assert self._book is not None
        return self._book
