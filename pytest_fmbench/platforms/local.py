"""This machine: servers as child processes, or as containers, on the loopback interface."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.platforms.balancing import Balancer, balancer
from pytest_fmbench.platforms.base import Progress, Surroundings
from pytest_fmbench.platforms.facts import facts_of
from pytest_fmbench.platforms.filling import write_files
from pytest_fmbench.platforms.inventory import accelerators
from pytest_fmbench.platforms.local_server import HOST, LocalServer, stop_all, wait_until_ready
from pytest_fmbench.platforms.shares import Shares, shares_of
from pytest_fmbench.platforms.supervised import Supervised
from pytest_fmbench.platforms.ways import AsContainer, AsProcess, Common, way_of

_BALANCER_S = 20.0


class Local:
    """This machine."""

    name = "local"
    shares_this_machine = True

    def __init__(self, surroundings: Surroundings) -> None:
        self._locate, self._cache = surroundings.locate, surroundings.cache

    def check(self, deployment: Deployment) -> None:
        """There is only one such place.

        :raises UsageError: for a local instance that names another.
        """
        if deployment.place:
            raise UsageError(f"instance {deployment.instance!r}: this machine is just 'local'")

    def usd_per_hour(self, deployment: Deployment) -> float:  # noqa: ARG002  # the protocol's; all cost the same
        """This machine is there already."""
        return 0.0

    def start(self, deployment: Deployment, plan: LaunchPlan | None, log: Path, progress: Progress) -> LocalServer:
        """Start the planned server, or its replicas behind a load balancer, and wait until the ready path answers 200.

        :raises NotAllowed: when what it needs is not installed here, or it takes more than there is.
        :raises FetchError: when the weights cannot be had.
        :raises LaunchError: when it ends, or is not ready in time, or its image cannot be had; with the last lines.
        """
        if plan is None:
            raise ValueError("the local platform starts servers, so it needs a plan")
        way = way_of(deployment, plan)
        shares = shares_of(deployment, plan, accelerators(), contained=bool(way.runtime))
        shared_by = balancer() if len(shares.each) > 1 else None
        weights = self._locate(plan.model, plan.quantization, progress) if way.asks_for("weights") else None
        common = Common(log.with_name(f"{log.stem}.files"), weights, self._cache)
        write_files(plan.files, common.files)
        facts = way.prepared(log, progress)
        launch = _Launch(way, common, shares, log, _free_ports(len(shares.each) + 1))
        front = launch.ports[-1 if shared_by else 0]
        by = f" with {way.runtime}" if way.runtime else ""
        progress(f"starting {deployment.id} on {HOST}:{front}{by}")
        with ExitStack() as if_it_fails:
            if_it_fails.callback(stop_all, launch.parts)
            launch.start_replicas()
            facts = facts_of(HOST, launch.ports[0], plan.facts) | facts
            if shared_by:
                launch.start(shared_by)
                facts["balancer"] = shared_by.name
            if_it_fails.pop_all()
        endpoint = _endpoint(plan, front, shares, way.answers_to(common))
        return LocalServer(endpoint, launch.parts, facts, plan.version_mark)


@dataclass
class _Launch:
    """A server that is being started.

    :param ports: one a replica, and the load balancer's.
    :ivar parts: what was started so far.
    """

    way: AsProcess | AsContainer
    common: Common
    shares: Shares
    log: Path
    ports: Sequence[int]
    parts: list[Supervised] = field(default_factory=list)

    def start_replicas(self) -> None:
        """Start all at once, and wait until they are ready."""
        *ports, _ = self.ports
        for nth, (share, port) in enumerate(zip(self.shares.each, ports, strict=True), 1):
            name = f"replica {nth} of {len(ports)}" if len(ports) > 1 else "the server"
            log = self._log_of(str(nth)) if nth > 1 else self.log
            self.parts.append(self.way.start(self.common, share, port, name, log))
        wait_until_ready(self.parts, ports, self.way.plan.ready_path, self.way.plan.ready_timeout_s)

    def start(self, shared_by: Balancer) -> None:
        """Start the load balancer, and wait until it lets requests through."""
        *replicas, port = self.ports
        path = self.log.absolute().with_name(f"{self.log.stem}.balancer") / "configuration"
        write_files({path.name: shared_by.written(port, replicas, path.parent)}, path.parent)
        line, cores = shared_by.line(path), self.shares.client_cores
        made = Supervised("the load balancer", line, self._log_of("balancer"), environment={}, cores=cores)
        self.parts.append(made)
        wait_until_ready([made], [port], self.way.plan.ready_path, _BALANCER_S)

    def _log_of(self, what: str) -> Path:
        return self.log.with_name(f"{self.log.stem}.{what}{self.log.suffix}")


def _endpoint(plan: LaunchPlan, port: int, shares: Shares, answers_to: str) -> Endpoint:
    return Endpoint(
        base_url=f"http://{HOST}:{port}{plan.base_path}",
        model=answers_to,
        dialect=plan.dialect,
        request_fields=plan.request_fields,
        client_cores=shares.client_cores,
    )


def _free_ports(count: int) -> list[int]:
    """Ports that are free, each another one."""
    with ExitStack() as open_ones:
        probes = [open_ones.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
