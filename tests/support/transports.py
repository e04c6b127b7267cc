"""Requests through a transport that records them."""

from __future__ import annotations

import httpx

from pytest_fmbench.client.transport import RecordingTransport
from pytest_fmbench.model.exchange import Recording


def asked(url: str, connect: float = 5.0, content: bytes = b"{}") -> httpx.Request:
    return httpx.Request("POST", url, content=content, extensions={"timeout": {"connect": connect, "read": 5.0}})


async def record(transport: RecordingTransport, url: str) -> Recording:
    recording = Recording()
    await transport.record(asked(url), recording)
    return recording
