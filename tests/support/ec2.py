"""An EC2 platform without waiting, a lease book in memory, and plans of servers that the mock stands for."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.model.lease import Lease, Resource
from pytest_fmbench.platforms.base import Progress, Surroundings
from pytest_fmbench.platforms.ec2.platform import Ec2

HERE = "source=127.0.0.1/32"
"""The stand-in's instances are asked from this machine."""
LIFETIME_S = 1_800.0

LEASE = Lease(
    name="fmbench-0123",
    platform="ec2",
    deployment="m+vllm+ec2_g6.xlarge",
    specification="5ec",
    session="s1",
    owner="me@here",
    place={"region": "us-east-1"},
    made_s=1_000_000.0,
    expires_s=1_000_000.0 + LIFETIME_S,
    usd_per_hour=None,
)


def deployment(settings: str = HERE, kind: str = "g6.xlarge", **changes: Any) -> Deployment:
    return replace(Deployment("org/m", "vllm", f"ec2:{kind}" + (f"?{settings}" if settings else "")), **changes)


def plan(**changes: Any) -> LaunchPlan:
    made = LaunchPlan(
        command=(),
        model="org/m",
        quantization=None,
        served_model="mock",
        dialect="openai-chat",
        container=Container("org/image:1", ("org/m", "--port", "{port}"), {"QUIET": "1"}, cache="/root/.cache"),
        accelerators=1,
        ready_path="/health",
        ready_timeout_s=20.0,
    )
    return replace(made, **changes)


@dataclass
class Book:
    """Keeps leases in memory.

    :ivar written: every state that was written down, with how many calls had come before, as ``calls`` counts them.
    """

    calls: list[Any] = field(default_factory=list)
    leases: dict[str, Lease] = field(default_factory=dict)
    written: list[tuple[int, Lease]] = field(default_factory=list)

    def open(
        self, deployment: Deployment, platform: str, place: Mapping[str, str], usd_per_hour: float | None
    ) -> Lease:
        now_s = time.time()
        name = f"fmbench-{len(self.written)}{int(now_s * 1000) % 100_000}"
        made = replace(
            LEASE,
            name=name,
            platform=platform,
            deployment=deployment.id,
            place=place,
            made_s=now_s,
            expires_s=now_s + LIFETIME_S,
            usd_per_hour=usd_per_hour,
        )
        return self._write(made)

    def note(self, lease: Lease, resource: Resource) -> Lease:
        others = [one for one in lease.resources if (one.kind, one.name) != (resource.kind, resource.name)]
        return self._write(replace(lease, resources=(*others, resource)))

    def close(self, lease: Lease) -> None:
        del self.leases[lease.name]

    def _write(self, lease: Lease) -> Lease:
        self.leases[lease.name] = lease
        self.written.append((len(self.calls), lease))
        return lease


def never(model: str, quantization: str | None, progress: Progress) -> NoReturn:
    raise AssertionError(f"weights of {model} are not wanted on this machine ({quantization}, {progress})")


def platform(book: Book | None, **surroundings: Any) -> Ec2:
    """Waits as briefly as it may."""
    return Ec2(Surroundings(never, book=book, **surroundings), pause=lambda seconds: time.sleep(min(seconds, 0.02)))


@dataclass
class Trial:
    """A platform whose AWS is the stand-in.

    :ivar said: what it told of its progress.
    :ivar asked_by_the_test: what nobody else asked, as policies call it.
    """

    cloud: Any
    folder: Path
    book: Book = field(default_factory=Book)
    said: list[str] = field(default_factory=list)
    asked_by_the_test: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.book.calls = self.cloud.calls
        self.ec2 = platform(self.book)

    def start(self, settings: str = HERE, kind: str = "g6.xlarge", replicas: int = 1, **changes: Any) -> Any:
        wanted = deployment(settings, kind, replicas=replicas)
        return self.ec2.start(wanted, plan(**changes), self.folder / "log", self.said.append)
