"""A mock server in a thread of this process."""

from __future__ import annotations

import ssl
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pytest_fmbench.errors import EnvironmentFault
from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.server import Server
from pytest_fmbench.testing.steps import Script
from pytest_fmbench.testing.truth import Bottleneck, Truth, bottleneck

_STOP_S = 10.0


class Mock:
    """A running mock server.

    :ivar url: its root, without a slash at the end.
    :ivar port: where it listens.
    """

    def __init__(self, server: Server, scheme: str) -> None:
        self._server, self.port = server, server.port
        self.url = f"{scheme}://{server.host}:{server.port}"

    @property
    def script(self) -> Script:
        """What it does for a request; may be changed at any time, for the requests that follow."""
        return self._server.script

    @script.setter
    def script(self, script: Script) -> None:
        self._server.script = script

    @property
    def asked(self) -> Sequence[Asked]:
        """The requests so far, in the order in which they came."""
        return self._server.asked

    def truths(self) -> list[Truth]:
        """What was truly written for each of them, in the same order."""
        return self._server.loop.ask(self._server.truths)

    def bottleneck(self) -> Bottleneck:
        """How far its token writes were behind their schedule."""
        return bottleneck(self.truths())

    def forget(self) -> None:
        """Drop the requests and truths so far."""
        self._server.loop.ask(self._server.forget)


@contextmanager
def serving(
    script: Script,
    *,
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    metrics: bool = False,
    host: str = "127.0.0.1",
) -> Iterator[Mock]:
    """A mock server on this machine, while the block runs. Its client, if in this process too, slows it down.

    :param port: 0 is any that is free.
    :param tls: a server-side context, for https.
    :param metrics: whether it tells of itself at ``GET /metrics``, as vLLM does, whatever the script.
    :param host: address of this machine to listen on.
    :raises EnvironmentFault: at the end of a block that went well, when the script or the server raised something.
    """
    server, broken = Server(script, port, tls, metrics=metrics, host=host), list[Exception]()
    thread = threading.Thread(target=_run, args=(server, broken), daemon=True)
    thread.start()
    try:
        yield Mock(server, "http" if tls is None else "https")
    finally:
        server.loop.stop()
        thread.join(_STOP_S)
        server.close()
    for error in (*broken, *server.failures):
        raise EnvironmentFault(f"the mock server failed: {error!r}") from error


def _run(server: Server, broken: list[Exception]) -> None:
    try:
        server.loop.run()
    except Exception as error:  # noqa: BLE001  # whatever it is, it is raised where the serving ends
        traceback.print_exc()
        broken.append(error)
