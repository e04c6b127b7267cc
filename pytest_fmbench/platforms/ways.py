"""The ways in which this machine runs a plan: as a process, by its command, or as a container."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.conditions import Plain
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.platforms.base import Progress
from pytest_fmbench.platforms.containers import Lent, inside, new_name, of_client, remove_line, run_line, variables_of
from pytest_fmbench.platforms.filling import asks_for, filled, filled_values, places_for
from pytest_fmbench.platforms.images import at_hand, named_for
from pytest_fmbench.platforms.inventory import versions_of
from pytest_fmbench.platforms.local_server import HOST
from pytest_fmbench.platforms.shares import Share, runtime_for
from pytest_fmbench.platforms.supervised import Supervised


class Ports(NamedTuple):
    """Of this machine, for one replica: its own, and of its page of metrics, 0 where that has none of its own."""

    serving: int
    metrics: int = 0


_NOTHING, _NO_PORTS = Share(), Ports(0)


@dataclass(frozen=True)
class Common:
    """What all replicas of a server have in common.

    :param files: folder of the plan's files.
    :param weights: that ``{weights}`` stands for; None where it does not occur.
    :param cache: folder for what servers in containers download; None keeps nothing.
    """

    files: Path
    weights: Path | None = None
    cache: Path | None = None


@dataclass(frozen=True)
class AsProcess:
    """By the plan's command."""

    plan: LaunchPlan
    runtime = ""

    def asks_for(self, place: str) -> bool:
        """Whether ``{place}`` is to be filled in."""
        return asks_for(place, self.plan.command, self.plan.environment.values())

    def prepared(self, log: Path, progress: Progress) -> dict[str, Plain]:  # noqa: ARG002  # there is nothing to prepare
        """What is known of it before it is started: the versions of what is installed."""
        found = versions_of(self.plan.packages, self.plan.python)
        return {"version" if name == self.plan.packages[0] else name: version for name, version in found.items()}

    def start(self, common: Common, share: Share, ports: Ports, name: str, log: Path) -> Supervised:
        """Start one replica."""
        where = self._places(common, ports)
        variables = share.variables | filled_values(self.plan.environment, where)
        return Supervised(name, filled(self.plan.command, where), log, environment=variables, cores=share.cores)

    def answers_to(self, common: Common) -> str:
        """The name of the model that it serves, as it has it."""
        return filled([self.plan.served_model], self._places(common))[0]

    def _places(self, common: Common, ports: Ports = _NO_PORTS) -> dict[str, str]:
        weights, files = str(common.weights or ""), str(common.files.absolute())
        return places_for(weights, files, HOST, ports.serving, ports.metrics)


@dataclass(frozen=True)
class AsContainer:
    """By the plan's container, as ``runtime`` runs it."""

    plan: LaunchPlan
    container: Container
    runtime: str

    def asks_for(self, place: str) -> bool:
        """Whether ``{place}`` is to be filled in."""
        return asks_for(place, self.container.arguments, self.container.environment.values())

    def prepared(self, log: Path, progress: Progress) -> dict[str, Plain]:
        """Have its image here; returns that one's digest.

        :raises LaunchError: when it cannot be pulled; with its last lines.
        """
        return {"image": at_hand(self.runtime, self.container.image, log, progress)}

    def start(self, common: Common, share: Share, ports: Ports, name: str, log: Path) -> Supervised:
        """Start one replica.

        :raises StoreError: when there can be no folder for what it downloads.
        """
        lent = replace(self._lent(common, share, ports), cache=self._cache(common.cache))
        variables, called = variables_of(self.container, lent, os.environ), new_name()
        return Supervised(
            name,
            run_line(self.runtime, called, self.container, lent, variables),
            log,
            environment=of_client(variables),
            afterwards=remove_line(self.runtime, called),
        )

    def answers_to(self, common: Common) -> str:
        """The name of the model that it serves, as it has it."""
        return inside([self.plan.served_model], self.container, self._lent(common))[0]

    def _lent(self, common: Common, share: Share = _NOTHING, ports: Ports = _NO_PORTS) -> Lent:
        model, *paths = (
            path if os.sep in path and Path(path).exists() else "" for path in (self.plan.model, *self.plan.paths)
        )
        return Lent(
            ports.serving,
            share.accelerators,
            share.cores,
            weights=common.weights,
            model=model,
            paths=tuple(filter(None, paths)),
            files=common.files if self.plan.files else None,
            metrics_port=ports.metrics,
        )

    def _cache(self, folder: Path | None) -> Path | None:
        """The folder behind that of the container; the same for all that keep theirs in the same place."""
        if not (folder and self.container.cache):
            return None
        ours = folder / "containers" / self.container.cache.strip("/").replace("/", "-")
        try:
            ours.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot make {ours}: {error}; FMBENCH_CACHE names another place") from error
        return ours


def way_of(deployment: Deployment, plan: LaunchPlan) -> AsProcess | AsContainer:
    """How it is run here.

    :raises NotAllowed: where nothing can run it; says what would help.
    """
    runtime = runtime_for(deployment, plan)
    if not runtime or plan.container is None:
        return AsProcess(plan)
    return AsContainer(plan, replace(plan.container, image=named_for(runtime, plan.container.image)), runtime)
