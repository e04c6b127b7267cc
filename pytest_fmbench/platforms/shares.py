"""How a deployment is run on this machine, and what of it each of its replicas gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from pytest_fmbench.errors import NotAllowed, UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.platforms.cores import available, place
from pytest_fmbench.platforms.inventory import NEURON, NONE, NVIDIA, Accelerators, container_runtime, has
from pytest_fmbench.stacks.base import interpreter_variable

Name = TypeVar("Name")


@dataclass(frozen=True)
class Share:
    """What one replica gets.

    :param accelerators: without a name where it takes none.
    :param cores: empty is any.
    """

    accelerators: Accelerators = NONE
    cores: tuple[int, ...] = ()

    @property
    def variables(self) -> dict[str, str]:
        """What keeps a process to its devices."""
        devices = self.accelerators
        kept = devices.names and devices.kind == NVIDIA
        return {"CUDA_VISIBLE_DEVICES": ",".join(devices.names)} if kept else {}


@dataclass(frozen=True)
class Shares:
    """Of all replicas, and the cores that are left to the load."""

    each: tuple[Share, ...]
    client_cores: tuple[int, ...] = ()


def runtime_for(deployment: Deployment, plan: LaunchPlan) -> str:
    """The container runtime that has to run it; empty where its command can.

    :raises NotAllowed: where nothing can; says what would help.
    """
    if plan.command and has(plan.needs, plan.python):
        return ""
    missing = f"{plan.needs.lstrip('/')} is not installed here" if plan.command else "it comes as a container only"
    advice = [plan.install] if plan.command and plan.install else []
    if plan.python:
        advice.append(f"a Python that has it, named in {interpreter_variable(deployment.stack)}")
    if plan.container is None:
        raise NotAllowed(f"{deployment.id}: {missing}, and it has no container: {_either(advice)}")
    runtime, why = container_runtime()
    if not runtime:
        advice.append(f"a container runtime, for {plan.container.image}")
        raise NotAllowed(f"{deployment.id}: {missing}, and {why}: {_either(advice)}")
    return runtime


def shares_of(deployment: Deployment, plan: LaunchPlan, here: Accelerators, *, contained: bool) -> Shares:
    """Devices and cores, cut over the replicas.

    :param here: what this machine has.
    :param contained: each replica is a container.
    :raises NotAllowed: when they take more than there is.
    :raises UsageError: for as many as there is room for, of what takes up none.
    """
    count = _count(deployment, plan, here)
    _see_that_there_are(len(here.names), deployment, count, plan.accelerators, "takes {} accelerators")
    _see_that_there_are(available(), deployment, count, plan.cores, "keeps {} cores busy")
    if here.kind == NEURON and plan.accelerators and count > 1 and not contained:
        raise NotAllowed(f"{deployment.id}: Neuron devices are shared out among containers only: ask for one replica")
    placement = place(plan.cores * count)
    each = (
        Share(
            Accelerators(here.kind, _part(here.names, plan.accelerators, nth)), _part(placement.server, plan.cores, nth)
        )
        for nth in range(count)
    )
    return Shares(tuple(each), placement.client)


def _count(deployment: Deployment, plan: LaunchPlan, here: Accelerators) -> int:
    """How many replicas; ``"max"`` is as many as there are devices for, else cores, but for one for the load."""
    if isinstance(deployment.replicas, int):
        return deployment.replicas
    if plan.accelerators:
        return max(1, len(here.names) // plan.accelerators)
    if plan.cores:
        return max(1, (available() - 1) // plan.cores)
    raise UsageError(f"{deployment.id}: replicas='max' counts devices or cores, and it takes neither: give a number")


def _see_that_there_are(there: int, deployment: Deployment, count: int, each: int, taken: str) -> None:
    if each * count > there:
        of_them = f", {each} for each of {count} replicas" if count > 1 else ""
        raise NotAllowed(
            f"{deployment.id} {taken.format(each * count)}{of_them}, and here there are {there}: run it on a larger "
            "machine, or give it fewer"
        )


def _part(names: Sequence[Name], each: int, nth: int) -> tuple[Name, ...]:
    return tuple(names[nth * each : (nth + 1) * each])


def _either(advice: Sequence[str]) -> str:
    return ", or ".join(advice) or "run it on another machine"
