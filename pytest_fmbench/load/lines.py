"""Messages as they cross a pipe: one JSON object a line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

_READ = 2**16


def write_message(descriptor: int, message: Mapping[str, Any]) -> None:
    """Write ``message``, whole."""
    left = memoryview(json.dumps(message).encode() + b"\n")
    while left:
        left = left[os.write(descriptor, left) :]


class MessageReader:
    """Reads what comes through a pipe, without a lock that a dying interpreter could wait for.

    :ivar ended: whether the other end is closed.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""
        self.ended = False

    def take(self) -> Iterator[dict[str, Any]]:
        """The messages that one read completes; waits for it."""
        data = os.read(self._descriptor, _READ)
        self.ended = not data
        *lines, self._rest = (self._rest + data).split(b"\n")
        return map(json.loads, lines)
