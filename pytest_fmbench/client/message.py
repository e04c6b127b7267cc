"""A request, ready to be sent."""

from __future__ import annotations

import math
from dataclasses import dataclass

import httpx

from pytest_fmbench.client.connecting import Origin
from pytest_fmbench.client.patience import ENDLESS, Patience


@dataclass(frozen=True)
class Message:
    """A request, ready to be sent.

    :param content: head and body.
    :param connect_timeout_s: longest wait for a connection, in seconds; None is for ever.
    """

    origin: Origin
    content: bytes
    patience: Patience = ENDLESS
    connect_timeout_s: float | None = None


def message_of(request: httpx.Request) -> Message:
    """A request whose content is in memory, as bytes.

    httpx's ``read`` timeout is the longest silence; ``request.extensions["whole_timeout"]`` is how long all of it
    may take, in seconds.
    """
    timeout = request.extensions.get("timeout", {})
    patience = Patience(timeout.get("read") or math.inf, request.extensions.get("whole_timeout", math.inf))
    lines = [b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%s: %s" % header for header in request.headers.raw]
    content = b"\r\n".join((*lines, b"", request.content))
    return Message(_origin(request.url), content, patience, timeout.get("connect"))


def request_of(message: Message) -> httpx.Request:
    """The same as httpx's, without extensions."""
    head, _, body = message.content.partition(b"\r\n\r\n")
    line, *fields = head.split(b"\r\n")
    method, target, _ = line.split(b" ")
    headers = [(name, value) for name, _, value in (field.partition(b": ") for field in fields)]
    origin = message.origin
    url = httpx.URL(scheme=origin.scheme, host=origin.host, port=origin.port, raw_path=target)
    return httpx.Request(method.decode(), url, headers=headers, content=body)


def _origin(url: httpx.URL) -> Origin:
    # the name as it is looked up and certified, not as people read it
    return Origin(url.scheme, url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80))
