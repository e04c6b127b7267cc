"""A server of this machine: one process, or replicas and what shares requests out among them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from pytest_fmbench.clock import monotonic_ns, seconds_to_ns
from pytest_fmbench.errors import LaunchError
from pytest_fmbench.model.conditions import UNKNOWN, Plain
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.platforms.supervised import Supervised

HOST = "127.0.0.1"
_POLL_S = 0.05


class LocalServer:
    """Supervised child processes; gone within seconds when we are, however we go.

    :param parts: the server, or its replicas with the load balancer last.
    :param version_mark: what the server writes into its log right before its version; empty where it writes none.
    :param can_be_held: what is held still of it is all that another one would have to share cores with.
    """

    foreign = False

    def __init__(
        self,
        endpoint: Endpoint,
        parts: Sequence[Supervised],
        facts: Mapping[str, Plain],
        version_mark: str,
        *,
        can_be_held: bool = False,
    ) -> None:
        self.endpoint, self.facts, self.can_be_held = endpoint, facts, can_be_held
        self._parts, self._mark = parts, version_mark

    @cached_property
    def version(self) -> str:
        """What it wrote of it into its log, of several that wrote there the last; else what it says when asked."""
        lines = self._parts[0].lines() if self._mark else []
        marked = (line.partition(self._mark)[2].strip() for line in reversed(lines) if self._mark in line)
        return next(marked, None) or str(self.facts.get("version", UNKNOWN))

    def failure(self) -> str | None:
        """The exit status of the first of its processes that has ended."""
        return failure_of(self._parts)

    def log_tail(self) -> Sequence[str]:
        """The last 50 lines of the process that has ended, else of the first."""
        return (ended_of(self._parts) or self._parts[0]).log_tail()

    def hold(self) -> None:
        """Hold all of it still."""
        for part in self._parts:
            part.hold()

    def go_on(self) -> None:
        """Let all of it go on."""
        for part in self._parts:
            part.go_on()

    def stop(self) -> None:
        """End all of it, and wait until it is gone. May be called twice."""
        stop_all(self._parts)


def ended_of(parts: Sequence[Supervised]) -> Supervised | None:
    """The first of ``parts`` that has ended."""
    return next((part for part in parts if part.failure()), None)


def failure_of(parts: Sequence[Supervised]) -> str | None:
    """Why; None while all run."""
    ended = ended_of(parts)
    return ended.failure() if ended else None


def stop_all(parts: Sequence[Supervised]) -> None:
    """End all of ``parts`` at once, and wait until they are gone. May be called twice."""
    for part in parts:
        part.let_go()
    for part in parts:
        part.stop()


def wait_until_ready(parts: Sequence[Supervised], ports: Sequence[int], path: str, timeout_s: float) -> None:
    """Wait until ``path`` answers 200 on all ``ports``.

    :raises LaunchError: when one of ``parts`` ends, or it takes longer than that; with its last lines.
    """
    give_up_ns = monotonic_ns() + seconds_to_ns(timeout_s)
    for port, part in zip(ports, parts, strict=True):
        while not answers(port, path):
            ended = ended_of(parts)
            if ended:
                raise LaunchError(f"{ended.failure()} before it was ready", ended.log_tail())
            if monotonic_ns() > give_up_ns:
                raise LaunchError(f"{path} did not answer within {timeout_s:g} s: not ready", part.log_tail())
            time.sleep(_POLL_S)


def answers(port: int, path: str, host: str = HOST) -> bool:
    """Whether it answers 200."""
    connection = HTTPConnection(host, port, timeout=5.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False  # it is not listening yet, or was cut off while it starts
    finally:
        connection.close()
