from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from pytest_fmbench.errors import NotAllowed, UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.platforms.inventory import NEURON, NVIDIA, Accelerators
from pytest_fmbench.platforms.shares import Share, Shares, runtime_for, shares_of
from tests.support.fake_runtime import fake_runtime, hide_runtimes

ONE = Deployment("m", "toy")
TWO, MOST = replace(ONE, replicas=2), replace(ONE, replicas="max")
PLAN = LaunchPlan(("serve",), "m", None, "m", "openai-chat")
GPUS = Accelerators(NVIDIA, ("0", "1", "2", "3", "4"))
IMAGE = Container("org/image:1")


@pytest.fixture(autouse=True)
def _six_cores() -> Iterator[None]:
    with patch.object(os, "sched_getaffinity", lambda _: {*range(6)}, create=True):
        yield


def shares(deployment: Deployment, accelerators: int = 0, cores: int = 0, *, contained: bool = False) -> Shares:
    plan = replace(PLAN, accelerators=accelerators, cores=cores)
    return shares_of(deployment, plan, GPUS, contained=contained)


def test_devices_and_cores_are_cut_over_the_replicas() -> None:
    assert shares(TWO, accelerators=2, cores=2) == Shares(
        (Share(Accelerators(NVIDIA, ("0", "1")), (2, 3)), Share(Accelerators(NVIDIA, ("2", "3")), (4, 5))), (0, 1)
    )


def test_what_takes_none_is_left_alone() -> None:
    assert [(one.accelerators.names, one.cores, one.variables) for one in shares(TWO).each] == [((), (), {})] * 2


def test_a_process_sees_its_devices_only() -> None:
    assert [one.variables for one in shares(TWO, accelerators=2).each] == [
        {"CUDA_VISIBLE_DEVICES": "0,1"},
        {"CUDA_VISIBLE_DEVICES": "2,3"},
    ]


@pytest.mark.parametrize(
    ("accelerators", "cores", "count"), [(1, 0, 5), (2, 0, 2), (4, 0, 1), (0, 1, 5), (0, 2, 2), (0, 5, 1)]
)
def test_the_most_replicas_are_those_that_there_is_room_for(accelerators: int, cores: int, count: int) -> None:
    assert len(shares(MOST, accelerators, cores).each) == count


def test_what_takes_up_no_room_has_no_most() -> None:
    with pytest.raises(UsageError, match="replicas='max' counts devices or cores, and it takes neither"):
        shares(MOST)


@pytest.mark.parametrize(
    ("deployment", "accelerators", "cores", "told"),
    [
        (ONE, 6, 0, r"m\+toy\+local takes 6 accelerators, and here there are 5: run it on a larger machine"),
        (MOST, 6, 0, "takes 6 accelerators, and here there are 5"),
        (TWO, 3, 0, "takes 6 accelerators, 3 for each of 2 replicas, and here there are 5"),
        (ONE, 0, 7, "keeps 7 cores busy, and here there are 6: run it on a larger machine, or give it fewer"),
        (TWO, 0, 4, "keeps 8 cores busy, 4 for each of 2 replicas, and here there are 6"),
    ],
)
def test_more_than_there_is_says_both_numbers(deployment: Deployment, accelerators: int, cores: int, told: str) -> None:
    with pytest.raises(NotAllowed, match=told):
        shares(deployment, accelerators, cores)


def test_neuron_devices_are_shared_out_among_containers_only() -> None:
    here, plan = Accelerators(NEURON, ("0", "1")), replace(PLAN, accelerators=1)
    assert [one.accelerators.names for one in shares_of(TWO, plan, here, contained=True).each] == [("0",), ("1",)]
    with pytest.raises(NotAllowed, match="Neuron devices are shared out among containers only"):
        shares_of(TWO, plan, here, contained=False)


@pytest.mark.parametrize("needs", ["", "json"])
def test_what_is_installed_runs_as_a_process(needs: str) -> None:
    assert runtime_for(ONE, replace(PLAN, needs=needs, container=IMAGE)) == ""


@pytest.mark.parametrize("command", [("serve",), ()])
def test_else_it_runs_as_a_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    fake_runtime(tmp_path, monkeypatch, "podman")
    assert runtime_for(ONE, replace(PLAN, command=command, needs="/serve", container=IMAGE)) == "podman"


@pytest.mark.parametrize(
    ("command", "needs", "container", "told"),
    [
        (("x",), "no_such", None, "no_such is not installed here, and it has no container: pip install x"),
        (
            *(("x",), "/serve", IMAGE),
            "serve is not installed here, and there is no docker, podman or nerdctl on the path: pip install x, or a "
            "container runtime, for org/image:1",
        ),
        (
            *((), "", IMAGE),
            "it comes as a container only, and there is no docker, podman or nerdctl on the path: a container runtime, "
            "for org/image:1",
        ),
    ],
)
def test_where_neither_goes_the_way_out_is_told(  # noqa: PLR0917  # parametrized by position
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    needs: str,
    container: Container | None,
    told: str,
) -> None:
    hide_runtimes(monkeypatch, tmp_path)
    plan = replace(PLAN, command=command, needs=needs, container=container, install="pip install x")
    with pytest.raises(NotAllowed) as caught:
        runtime_for(ONE, plan)
    assert str(caught.value) == f"m+toy+local: {told}"


def test_another_python_that_has_it_would_do_too() -> None:
    plan = replace(PLAN, command=("x",), needs="no_such", python=sys.executable, install="pip install x")
    told = "no_such is not installed here, and it has no container: pip install x, or a Python that has it, named in "
    with pytest.raises(NotAllowed, match=rf"{told}FMBENCH_PYTHON_TOY$"):
        runtime_for(ONE, plan)
