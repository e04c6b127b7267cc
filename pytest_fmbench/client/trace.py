"""What httpx's transport tells about a request on its way."""

from __future__ import annotations

from typing import Any

from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.model.exchange import Recording


class Trace:
    """Notes when a request was sent and what came before, as httpcore's ``trace`` extension tells it.

    A request to a proxy for a connection is sent too; the last that is sent counts.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording, self._asked_ns = recording, monotonic_ns()
        self._begun_ns: dict[str, int] = {}

    async def __call__(self, event: str, said: dict[str, Any]) -> None:  # noqa: ARG002  # httpcore's
        """Called with ``http11.send_request_headers.started`` and the like."""
        name, _, moment = event.rpartition(".")
        step = name.rpartition(".")[2]
        if moment == "started":
            self._begin(step)
        elif moment == "complete":
            self._complete(step)

    def _begin(self, step: str) -> None:
        now_ns, recording = monotonic_ns(), self._recording
        self._begun_ns[step] = now_ns
        if step == "send_request_headers":
            recording.sent_ns = now_ns
            recording.pool_wait_ns = now_ns - self._asked_ns - recording.connect_ns - recording.tls_ns

    def _complete(self, step: str) -> None:
        if step == "connect_tcp":
            self._recording.connect_ns += monotonic_ns() - self._begun_ns[step]
        elif step == "start_tls":
            self._recording.tls_ns += monotonic_ns() - self._begun_ns[step]
