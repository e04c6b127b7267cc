"""A server elsewhere whose load an instance of ours generates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_fmbench.model.conditions import Plain
from pytest_fmbench.model.endpoint import Beside
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.base import SeenFromAfar, Server
from pytest_fmbench.platforms.ec2.console import Console
from pytest_fmbench.platforms.ec2.watching import Watch


@dataclass(frozen=True)
class LoadHost:
    """An instance that generates load, once it can be entered.

    :param kind: its type.
    :param command: leads to a Python there that has our package.
    """

    kind: str
    command: tuple[str, ...]
    console: Console
    watch: Watch


class LoadedServer:
    """It serves until it is stopped, which releases its lease.

    :param server: as it would be without the instance; what it is asked at is the same from there.
    :param let_go: releases and closes the lease, with all that it holds.
    :ivar lease: whoever keeps it changes it here too, so that stopping leaves it.
    """

    def __init__(self, server: Server, host: LoadHost, lease: Lease, let_go: Callable[[], None]) -> None:
        self.endpoint = replace(server.endpoint, beside=Beside(host.command, server.endpoint.base_url))
        self.foreign, self.version = server.foreign, server.version
        self.facts: Mapping[str, Plain] = {**server.facts, "load_from": host.kind}
        self.lease = lease
        self._server, self._host, self._let_go, self._stopped = server, host, let_go, False

    def failure(self) -> str | None:
        """What ended the instance, as it was seen some seconds ago; else what the server says."""
        return self._host.watch.failure() or self._server.failure()

    def failure_now(self) -> str | None:
        """The same, by a look that is taken now."""
        return self._host.watch.failure_now() or self._of_server_now()

    def log_tail(self) -> Sequence[str]:
        """The last lines of the server; of the instance's console once that has ended."""
        return self._host.console.tail() if self._host.watch.failure() else self._server.log_tail()

    def stop(self) -> None:
        """Release its lease, unless that is kept. May be called twice."""
        if not self._stopped and not self.lease.kept:
            self._let_go()
            self._stopped = True

    def _of_server_now(self) -> str | None:
        return self._server.failure_now() if isinstance(self._server, SeenFromAfar) else self._server.failure()
