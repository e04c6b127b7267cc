"""A platform whose servers are mocks in threads of ours, so that each start can be told from the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from pytest_fmbench.errors import LaunchError
from pytest_fmbench.model.conditions import Plain
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.platforms.base import Progress, Surroundings
from pytest_fmbench.runs.pool import Pool
from pytest_fmbench.runs.tariffs import Tariffs
from pytest_fmbench.stacks.card import Card
from pytest_fmbench.testing import constant, healthy, serving
from pytest_fmbench.testing.mock import Mock


@dataclass
class FakeServer:
    """A mock server that was started.

    :ivar nth: which start it was, from 0.
    """

    nth: int
    mock: Mock
    stack: ExitStack
    foreign: bool = False
    version: str = "unknown"
    facts: Mapping[str, Plain] = field(default_factory=dict)
    stopped: int = 0
    died: str | None = None

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(f"{self.mock.url}/v1", "m", "openai-chat")

    def failure(self) -> str | None:
        return self.died

    def log_tail(self) -> Sequence[str]:
        return (f"server {self.nth}",)

    def stop(self) -> None:
        self.stopped += 1
        self.stack.close()


@dataclass
class Fakes:
    """What was started, and how: the ``nth`` server waits ``waits_s[nth]`` with a first token, 1 ms beyond those.

    :param fails_at: the start that fails; None is none.
    """

    waits_s: Sequence[float] = ()
    fails_at: int | None = None
    servers: list[FakeServer] = field(default_factory=list)

    @property
    def running(self) -> list[int]:
        return [one.nth for one in self.servers if not one.stopped]


class FakePlatform:
    """Starts mocks, as ``fakes`` says."""

    name = "local"
    shares_this_machine = True
    fakes: ClassVar[Fakes] = Fakes()

    def __init__(self, surroundings: Surroundings) -> None:
        pass

    def check(self, deployment: Deployment) -> None:
        pass

    def usd_per_hour(self, deployment: Deployment) -> float:  # noqa: ARG002  # what is free is so for all
        return 0.0

    def start(self, deployment: Deployment, plan: LaunchPlan | None, log: Path, progress: Progress) -> FakeServer:
        fakes, nth = self.fakes, len(self.fakes.servers)
        if nth == fakes.fails_at:
            raise LaunchError("no room", ())
        with log.open("a") as lines:
            lines.write(f"started as {deployment.id}, {plan}\n")
        progress(f"starting {nth}")
        wait_s = fakes.waits_s[nth] if nth < len(fakes.waits_s) else 0.001
        stack = ExitStack()
        server = FakeServer(nth, stack.enter_context(serving(healthy(ttft=constant(wait_s)))), stack)
        fakes.servers.append(server)
        return server


class FakeStack:
    """Asks for nothing."""

    card = Card("fake", (), ("openai-chat",))

    def plan(self, deployment: Deployment) -> LaunchPlan:
        return LaunchPlan(("serve",), deployment.model, None, "m", "openai-chat")


def fake_pool(logs: Path, fakes: Fakes, tariffs: Tariffs | None = None) -> Pool:
    """A pool of such servers, and of those that are not ours."""
    FakePlatform.fakes = fakes
    platforms = {"local": f"{__name__}:FakePlatform", "url": "pytest_fmbench.platforms.url:Url"}
    stacks = {"fake": f"{__name__}:FakeStack"}

    def locate(model: str, quantization: str | None, progress: Progress) -> Path:
        raise AssertionError(f"{model}, {quantization}: fakes need no weights, {progress}")

    return Pool(
        Registry("platform", platforms),
        Registry("stack", stacks),
        Surroundings(locate),
        logs,
        lambda _: None,
        tariffs=tariffs,
    )
