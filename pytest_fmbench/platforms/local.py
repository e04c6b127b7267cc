"""This machine: servers as child processes on the loopback interface."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import cached_property
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import BinaryIO, cast

from pytest_fmbench.clock import monotonic_ns, seconds_to_ns
from pytest_fmbench.errors import LaunchError, NotAllowed, UsageError
from pytest_fmbench.model.conditions import UNKNOWN
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.platforms import supervise
from pytest_fmbench.platforms.base import Progress, Surroundings
from pytest_fmbench.platforms.cores import Placement, available, place

_HOST = "127.0.0.1"
_LOG_LINES = 50
_POLL_S = 0.05


class LocalServer:
    """A supervised child process; gone within seconds when we are, however we go."""

    foreign = False

    def __init__(self, plan: LaunchPlan, command: Sequence[str], port: int, log: Path) -> None:
        placement = place(plan.cores)
        self.endpoint = Endpoint(
            base_url=f"http://{_HOST}:{port}{plan.base_path}",
            model=plan.served_model,
            dialect=plan.dialect,
            request_fields=plan.request_fields,
            client_cores=placement.client,
        )
        self._log, self._mark = log, plan.version_mark
        self._process = _spawn(command, plan, placement, log)

    @cached_property
    def version(self) -> str:
        """What it wrote of it into its log; of several that wrote there, the last."""
        lines = self._log.read_text("utf-8", "replace").splitlines() if self._mark else []
        return next((line.partition(self._mark)[2].strip() for line in lines[::-1] if self._mark in line), UNKNOWN)

    def failure(self) -> str | None:
        """Its exit status, once it has ended."""
        status = self._process.poll()
        return None if status is None else f"the server ended with status {status}"

    def log_tail(self) -> Sequence[str]:
        """The last 50 lines that it wrote."""
        return self._log.read_text("utf-8", "replace").splitlines()[-_LOG_LINES:]

    def stop(self) -> None:
        """End it by closing its lifeline, and wait until it is gone."""
        cast("BinaryIO", self._process.stdin).close()
        try:
            self._process.wait(supervise.GRACE_S * 2)
        except subprocess.TimeoutExpired:
            self._process.kill()  # the kernel takes the command along
            self._process.wait()


class Local:
    """This machine."""

    name = "local"
    shares_this_machine = True

    def __init__(self, surroundings: Surroundings) -> None:
        self._locate = surroundings.locate

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
        """Start the planned server on a free port and wait until its ready path answers 200.

        :raises NotAllowed: when it keeps more cores busy than there are.
        :raises FetchError: when the weights cannot be had.
        :raises LaunchError: when it ends, or is not ready in time; with its last lines.
        """
        if plan is None:
            raise ValueError("the local platform starts servers, so it needs a plan")
        if plan.cores > available():
            raise NotAllowed(
                f"{deployment.id} keeps {plan.cores} cores busy, and here there are {available()}: run it on a larger "
                "machine, or give it fewer"
            )
        weights, port = "", _free_port()
        if any("{weights}" in word for word in plan.command):
            weights = str(self._locate(plan.model, plan.quantization, progress))
        filled = _fill(plan.command, weights=weights, host=_HOST, port=str(port))
        progress(f"starting {deployment.id} on {_HOST}:{port}")
        server = LocalServer(plan, filled, port, log)
        try:
            _wait_until_ready(server, port, plan.ready_path, plan.ready_timeout_s)
        except BaseException:
            server.stop()
            raise
        return server


def _fill(command: Sequence[str], **values: str) -> list[str]:
    # not str.format: arguments may hold braces of their own, such as JSON
    filled = list(command)
    for name, value in values.items():
        filled = [part.replace("{" + name + "}", value) for part in filled]
    return filled


def _spawn(command: Sequence[str], plan: LaunchPlan, placement: Placement, log: Path) -> subprocess.Popen[bytes]:
    pinned = [f"--cores={','.join(map(str, placement.server))}"] if placement.server else []
    with log.open("ab") as sink:
        return subprocess.Popen(
            [sys.executable, supervise.__file__, *pinned, "--", *command],
            stdin=subprocess.PIPE,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, **plan.environment},
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(server: LocalServer, port: int, path: str, timeout_s: float) -> None:
    give_up_ns = monotonic_ns() + seconds_to_ns(timeout_s)
    while not _answers(port, path):
        failure = server.failure()
        if failure:
            raise LaunchError(f"{failure} before it was ready", server.log_tail())
        if monotonic_ns() > give_up_ns:
            raise LaunchError(f"{path} did not answer within {timeout_s:g} s: not ready", server.log_tail())
        time.sleep(_POLL_S)


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection(_HOST, port, timeout=5.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False  # it is not listening yet, or was cut off while it starts
    finally:
        connection.close()
