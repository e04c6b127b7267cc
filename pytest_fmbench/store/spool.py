"""The crash-safe spool: finished exchanges, appended raw, readable up to whatever a crash left behind.

A file is a run of frames. A frame is ``<magic, payload length, CRC-32 of the payload>`` and its payload:
a JSON head (ticket, names, scalars of the recording), then of all reads where they end, when they arrived and when
at the earliest, as int64 each, and their bytes. One frame is one ``write``, so a SIGKILL loses only what was in
flight; a torn last frame is recognised and left out.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket

_FRAME = struct.Struct("<4sII")
_HEAD = struct.Struct("<II")
_MAGIC = b"FMB1"
_SCALARS = ("pool_wait_ns", "connect_ns", "tls_ns", "sent_ns", "done_ns", "detail", "reconnects", "stamp")


class SpoolWriter:
    """Appends exchanges to a file. Not for two writers at once.

    :raises StoreError: when the file cannot be opened or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise StoreError(f"cannot open the spool {path}: {error}") from error

    def close(self) -> None:
        """Close the file; what was appended is already there."""
        os.close(self._fd)

    def append(self, exchange: Exchange) -> None:
        """Write one exchange."""
        payload = _pack(exchange)
        frame = _FRAME.pack(_MAGIC, len(payload), zlib.crc32(payload)) + payload
        try:
            written = os.write(self._fd, frame)
        except OSError as error:
            raise StoreError(f"cannot write the spool {self.path}: {error}; is the disk full?") from error
        if written != len(frame):
            raise StoreError(f"the spool {self.path} took {written} of {len(frame)} bytes; is the disk full?")


def read_spool(path: Path) -> Iterator[Exchange]:
    """The exchanges of a spool, oldest first, up to a torn last frame.

    :raises StoreError: when the file cannot be read, or is damaged other than at its end.
    """
    try:
        data = memoryview(path.read_bytes())
    except OSError as error:
        raise StoreError(f"cannot read the spool {path}: {error}") from error
    position = 0
    while position + _FRAME.size <= len(data):
        magic, length, checksum = _FRAME.unpack_from(data, position)
        begin, end = position + _FRAME.size, position + _FRAME.size + length
        if end > len(data):
            return
        payload = data[begin:end]
        if magic != _MAGIC or zlib.crc32(payload) != checksum:
            raise StoreError(f"the spool {path} is damaged at byte {position}")
        yield _unpack(payload)
        position = end


def _pack(exchange: Exchange) -> bytes:
    recording = exchange.recording
    head = {
        "request_id": exchange.request_id,
        "session_id": exchange.session_id,
        "turn": exchange.turn,
        "round": exchange.round,
        "worker": exchange.worker,
        "ticket": asdict(exchange.ticket),
        "recording": {name: getattr(recording, name) for name in _SCALARS},
        "end": recording.end,
    }
    packed = json.dumps(head, separators=(",", ":")).encode()
    count = _HEAD.pack(len(packed), len(recording.ends))
    return b"".join((count, packed, recording.ends, recording.arrivals, recording.earliest, recording.data))


def _unpack(payload: memoryview) -> Exchange:
    size, count = _HEAD.unpack_from(payload)
    at_stamps = _HEAD.size + size
    head: dict[str, Any] = json.loads(bytes(payload[_HEAD.size : at_stamps]))
    ends, arrivals, earliest = array("q"), array("q"), array("q")
    for nth, stamps in enumerate((ends, arrivals, earliest)):
        stamps.frombytes(payload[at_stamps + 8 * count * nth :][: 8 * count])
    recording = Recording(
        data=bytearray(payload[at_stamps + 24 * count :]),
        ends=ends,
        arrivals=arrivals,
        earliest=earliest,
        end=End(head["end"]) if head["end"] else None,
        **head["recording"],
    )
    ticket = Ticket(**head["ticket"] | {"phase": Phase(head["ticket"]["phase"])})
    names = {name: head[name] for name in ("request_id", "session_id", "turn", "round", "worker")}
    return Exchange(ticket=ticket, recording=recording, **names)
