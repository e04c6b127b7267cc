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
from pytest_fmbench.platforms.ways import AsContainer, AsProcess, Common, Ports, way_of

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
        replicas, balancing = _ports_of(len(shares.each), paged=way.asks_for("metrics_port"))
        launch = _Launch(way, common, shares, log, replicas, balancing)
        front = balancing if shared_by else replicas[0].serving
        by = f" with {way.runtime}" if way.runtime else ""
        progress(f"starting {deployment.id} on {HOST}:{front}{by}")
        with ExitStack() as if_it_fails:
            if_it_fails.callback(stop_all, launch.parts)
            launch.start_replicas()
            facts |= facts_of(HOST, replicas[0].serving, plan.facts)
            if shared_by:
                launch.start(shared_by)
                facts["balancer"] = shared_by.name
            if_it_fails.pop_all()
        endpoint = _endpoint(plan, Ports(front, replicas[0].metrics), shares, way.answers_to(common))
        # the process of a container is its client, and a device's memory is not there twice
        held = not (way.runtime or plan.accelerators)
        return LocalServer(endpoint, launch.parts, facts, plan.version_mark, can_be_held=held)


@dataclass
class _Launch:
    """A server that is being started.

    :param replicas: ports of each.
    :param balancing: port of the load balancer, if there is one.
    :ivar parts: what was started so far.
    """

    way: AsProcess | AsContainer
    common: Common
    shares: Shares
    log: Path
    replicas: Sequence[Ports]
    balancing: int
    parts: list[Supervised] = field(default_factory=list)

    def start_replicas(self) -> None:
        """Start all at once, and wait until they are ready."""
        count, plan = len(self.replicas), self.way.plan
        for nth, (share, ports) in enumerate(zip(self.shares.each, self.replicas, strict=True), 1):
            name = f"replica {nth} of {count}" if count > 1 else "the server"
            log = self._log_of(str(nth)) if nth > 1 else self.log
            self.parts.append(self.way.start(self.common, share, ports, name, log))
        wait_until_ready(self.parts, [one.serving for one in self.replicas], plan.ready_path, plan.ready_timeout_s)

    def start(self, shared_by: Balancer) -> None:
        """Start the load balancer, and wait until it lets requests through."""
        replicas, port = [one.serving for one in self.replicas], self.balancing
        path = self.log.absolute().with_name(f"{self.log.stem}.balancer") / "configuration"
        write_files({path.name: shared_by.written(port, replicas, path.parent)}, path.parent)
        line, cores = shared_by.line(path), self.shares.client_cores
        made = Supervised("the load balancer", line, self._log_of("balancer"), environment={}, cores=cores)
        self.parts.append(made)
        wait_until_ready([made], [port], self.way.plan.ready_path, _BALANCER_S)

    def _log_of(self, what: str) -> Path:
        return self.log.with_name(f"{self.log.stem}.{what}{self.log.suffix}")


def _endpoint(plan: LaunchPlan, ports: Ports, shares: Shares, answers_to: str) -> Endpoint:
    return Endpoint(
        base_url=f"http://{HOST}:{ports.serving}{plan.base_path}",
        model=answers_to,
        dialect=plan.dialect,
        request_fields=plan.request_fields,
        client_cores=shares.client_cores,
        metrics_url=f"http://{HOST}:{ports.metrics}{plan.metrics_path}" if ports.metrics and plan.metrics_path else "",
    )


def _ports_of(count: int, *, paged: bool) -> tuple[list[Ports], int]:
    """Those of ``count`` replicas, and one for a load balancer.

    :param paged: the page of metrics of each has a port of its own.
    """
    free = _free_ports(count * (2 if paged else 1) + 1)
    pages = free[count + 1 :] or [0] * count
    return [Ports(*both) for both in zip(free[:count], pages, strict=True)], free[count]


def _free_ports(count: int) -> list[int]:
    """Ports that are free, each another one."""
    with ExitStack() as open_ones:
        probes = [open_ones.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
