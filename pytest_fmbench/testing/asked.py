"""A request as the mock read it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Asked:
    """A request.

    :param headers: by lower-case name.
    :param nth: which request of its connection it is, from 0.
    :param index: which request of the server it is, from 0; GET requests, such as ready checks, are not counted.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    nth: int = 0
    index: int = 0

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty if it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Received(NamedTuple):
    """What stands in a request: the first four fields of :class:`Asked`."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def take(buffer: bytearray) -> Received | None:
    """Take the first request out of ``buffer``; None if it is not all there.

    :raises ValueError: when this is no HTTP/1 request with a length.
    """
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    line, *fields = buffer[:end].decode("latin-1").split("\r\n")
    method, path, _ = line.split(" ")  # which raises it too
    headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    if "transfer-encoding" in headers:
        raise ValueError("requests without a Content-Length are not understood")
    size = end + 4 + int(headers.get("content-length", 0))
    if len(buffer) < size:
        return None
    body = bytes(buffer[end + 4 : size])
    del buffer[:size]
    return Received(method, path, headers, body)
