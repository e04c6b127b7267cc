"""Two servers of this machine that are asked in turns: real processes, real signals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.platforms.base import Platform, Progress, Server, Surroundings
from pytest_fmbench.runs.pool import Pool
from pytest_fmbench.stacks.base import Stack
from pytest_fmbench.stacks.card import Card
from tests.support.fake_runtime import fake_runtime
from tests.support.local_servers import SERVER, container_plan, process_plan
from tests.support.processes import alive, eventually, is_held

pytestmark = pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")

ONE, OTHER = Deployment("one", "toy"), Deployment("other", "toy")
GREEDY = """
import fcntl, os, sys
kept = open(os.path.join(os.path.dirname(sys.argv[2]), "kept"), "w")
fcntl.flock(kept, fcntl.LOCK_EX | fcntl.LOCK_NB)
"""
"""Takes what is there only once, and ends where it is taken."""


class Toy:
    """A server by its stack's name; of a greedy one the model says what it takes."""

    card = Card("toy", (), ("openai-chat",))

    def plan(self, deployment: Deployment) -> LaunchPlan:
        if deployment.stack == "contained":
            return container_plan()
        if deployment.stack == "greedy":
            planned = process_plan(GREEDY + SERVER)
            return LaunchPlan((*planned.command, "{files}"), "m", None, "m", "openai-chat")
        return process_plan()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def pool(tmp_path: Path, said: list[str]) -> Iterator[Pool]:
    def locate(model: str, quantization: str | None, progress: Progress) -> Path:
        raise AssertionError(f"{model}, {quantization}: it needs no weights, {progress}")

    platforms: Registry[Callable[[Surroundings], Platform]] = Registry(
        "platform", {"local": "pytest_fmbench.platforms.local:Local"}
    )
    stacks: Registry[Callable[[], Stack]] = Registry(
        "stack", dict.fromkeys(("toy", "greedy", "contained"), f"{__name__}:Toy")
    )
    made = Pool(platforms, stacks, Surroundings(locate), tmp_path / "servers", said.append)
    yield made
    made.close()


def pid_of(server: Server) -> int:
    return int(httpx.get(server.endpoint.base_url, trust_env=False).json()["pid"])


def test_the_idle_one_is_held_still_until_it_is_its_turn(pool: Pool) -> None:
    one = pool.acquire(ONE, beside=OTHER)
    first = pid_of(one)
    other = pool.acquire(OTHER, beside=ONE)
    second = pid_of(other)
    assert eventually(lambda: is_held(first))
    assert pool.acquire(ONE, beside=OTHER) is one
    assert pid_of(one) == first, "it answers, and is the same process"
    assert eventually(lambda: is_held(second))
    assert pool.acquire(OTHER, beside=ONE) is other
    assert pid_of(other) == second


def test_one_that_is_asked_for_alone_is_alone(pool: Pool) -> None:
    first = pid_of(pool.acquire(ONE, beside=OTHER))
    second = pid_of(pool.acquire(OTHER, beside=ONE))
    assert pid_of(pool.acquire(ONE)) == first
    assert not alive(second)
    third = pid_of(pool.acquire(OTHER))
    assert alive(third)
    assert not alive(first)


def test_one_that_is_held_is_gone_at_the_end_too(pool: Pool) -> None:
    pids = [pid_of(pool.acquire(ONE, beside=OTHER)), pid_of(pool.acquire(OTHER, beside=ONE))]
    assert eventually(lambda: is_held(pids[0]))
    pool.close()
    assert not any(map(alive, pids))


def test_where_there_is_no_room_for_both_they_are_started_in_turns(pool: Pool, said: list[str]) -> None:
    one, other = Deployment("one", "greedy"), Deployment("other", "greedy")
    first = pid_of(pool.acquire(one, beside=other))
    second = pid_of(pool.acquire(other, beside=one))
    assert not alive(first)
    pool.acquire(one, beside=other)
    assert not alive(second)
    assert [line.split()[1].partition("+")[0] for line in said] == ["one", "other", "other", "one"]


def test_a_container_is_not_held_as_its_process_is_its_client_only(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = fake_runtime(tmp_path / "fake", monkeypatch)
    one, other = Deployment("one", "contained"), Deployment("other", "contained")
    pool.acquire(one, beside=other)
    (first,) = runtime.pids()
    pool.acquire(other, beside=one)
    assert not alive(first)
    assert len(runtime.pids()) == 1
