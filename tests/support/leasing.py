"""A platform whose resources are words in memory, for tests of what is done with leases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pytest_fmbench.errors import CloudFault, EnvironmentFault
from pytest_fmbench.model.conditions import Plain
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.lease import Lease, Resource
from pytest_fmbench.model.price import Price
from pytest_fmbench.platforms.base import LeaseBook, Progress

NOW_S = 1_000_000.0


@dataclass
class Rented:
    """A server of it."""

    lease: Lease
    platform: InMemory
    endpoint: Endpoint = field(default_factory=lambda: Endpoint("http://127.0.0.1:9/v1", "m", "openai-chat"))
    foreign: bool = False
    version: str = "1"
    facts: Mapping[str, Plain] = field(default_factory=dict)

    def failure(self) -> str | None:
        return None

    def log_tail(self) -> Sequence[str]:
        return ()

    def stop(self) -> None:
        self.platform.release(self.lease, lambda _: None)
        self.platform.book.close(self.lease)


@dataclass
class InMemory:
    """Up is what was started and not released.

    :param breaks: calls that fail.
    """

    book: LeaseBook
    breaks: set[str] = field(default_factory=set)
    up: dict[str, float] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    name: str = "rented"
    shares_this_machine: bool = False

    def check(self, deployment: Deployment) -> None:
        pass

    def usd_per_hour(self, deployment: Deployment) -> float | None:
        return None if deployment.place == "unknown" else 36.0

    def price_of_serving(self, deployment: Deployment) -> Price | None:
        return None if deployment.place == "unknown" else Price(36.0, "its owner", "2026-11")

    def start(self, deployment: Deployment, plan: LaunchPlan | None, log: Path, progress: Progress) -> Rented:  # noqa: ARG002  # the protocol's
        lease = self.book.open(deployment, self.name, {"region": "here"}, self.usd_per_hour(deployment))
        lease = self.book.note(lease, Resource("word", lease.name))
        self._asked("start", lease)
        self.up[lease.name] = lease.expires_s
        return Rented(lease, self)

    def adopt(self, lease: Lease, deployment: Deployment, plan: LaunchPlan | None, progress: Progress) -> Rented:  # noqa: ARG002  # the protocol's
        self._asked("adopt", lease)
        if lease.name not in self.up:
            raise EnvironmentFault("it is not up")
        return Rented(lease, self)

    def renew(self, lease: Lease) -> None:
        self._asked("renew", lease)
        if lease.name in self.up:
            self.up[lease.name] = lease.expires_s

    def release(self, lease: Lease, progress: Progress) -> None:  # noqa: ARG002  # the protocol's
        self._asked("release", lease)
        self.up.pop(lease.name, None)

    def strays(self, regions: Sequence[str]) -> Sequence[Lease]:  # noqa: ARG002  # the protocol's
        return ()

    def _asked(self, call: str, lease: Lease) -> None:
        self.calls.append(f"{call} {lease.name}")
        if call in self.breaks:
            raise CloudFault(f"{call} fails")


def lease(name: str = "fmbench-a", **changed: object) -> Lease:
    """A lease that was made a minute ago and lasts for half an hour."""
    fields: dict[str, object] = {
        "name": name,
        "platform": "rented",
        "deployment": "m+fake+rented",
        "specification": "spec",
        "session": "session",
        "owner": "me@here",
        "place": {"region": "here"},
        "made_s": NOW_S - 60.0,
        "expires_s": NOW_S + 1_740.0,
        "usd_per_hour": 36.0,
    }
    return Lease(**(fields | changed))  # type: ignore[arg-type]  # fields by name, of any type
