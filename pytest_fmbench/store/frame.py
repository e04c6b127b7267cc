"""How one exchange, or one task, is laid out in a spool.

A frame is ``<magic, CRC-32 of the payload, payload length>`` and its payload, packed by LZ4: the length of the head,
the number of reads, a head of JSON, then of all reads where they end, when they arrived and when at the earliest, as
int64 each, and their bytes. Events say nearly the same again and again: packed, they take a tenth of the disk, and less
time than writing them out in full. The payload of a task is its record as JSON, packed likewise, behind a word of its
own.
"""

from __future__ import annotations

import struct
import zlib
from array import array

import lz4.block
import msgspec

from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket
from pytest_fmbench.model.task import TaskRecord

MAGIC, TASK = b"FMB3", b"FMT1"
"""What a frame begins with that holds an exchange, or a task."""

FRAME = struct.Struct("<4sIQ")
_COUNTS = struct.Struct("<II")


class _Head(msgspec.Struct, array_like=True):
    """An exchange without its reads, in the order of its JSON array."""

    request_id: str
    session_id: str | None
    turn: int
    round: int
    worker: int
    index: int
    phase: Phase
    scheduled_ns: int
    begun_ns: int
    pool_wait_ns: int
    connect_ns: int
    tls_ns: int
    sent_ns: int | None
    done_ns: int | None
    end: End | None
    detail: str
    reconnects: int
    stamp: str
    settled_ns: int
    group: str | None = None


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(_Head)
_TASKS = msgspec.json.Decoder(TaskRecord)


def pack(exchange: Exchange) -> bytes:
    """The frame of an exchange."""
    recording = exchange.recording
    head = _packed_head(exchange)
    parts = (
        _COUNTS.pack(len(head), len(recording.ends)),
        head,
        recording.ends,
        recording.arrivals,
        recording.earliest,
        recording.data,
    )
    return _framed(MAGIC, b"".join(parts))


def pack_task(task: TaskRecord) -> bytes:
    """The frame of a task."""
    try:
        return _framed(TASK, _ENCODER.encode(task))
    except UnicodeEncodeError:  # as in an exchange's head
        changed = {
            "error": task.error and _text(task.error),
            "span_name": [*map(_text, task.span_name)],
            "span_error": [one and _text(one) for one in task.span_error],
        }
        return _framed(TASK, _ENCODER.encode(msgspec.structs.replace(task, **changed)))


def unpack_task(payload: bytes) -> TaskRecord:
    """The task of a frame's payload."""
    return _TASKS.decode(lz4.block.decompress(payload))


def _framed(magic: bytes, plain: bytes) -> bytes:
    payload: bytes = lz4.block.compress(plain)
    return FRAME.pack(magic, zlib.crc32(payload), len(payload)) + payload


def unpack(payload: bytes) -> Exchange:
    """The exchange of a frame's payload."""
    plain = lz4.block.decompress(payload)
    size, count = _COUNTS.unpack_from(plain)
    at, view = _COUNTS.size + size, memoryview(plain)
    head = _DECODER.decode(view[_COUNTS.size : at])
    ends, arrivals, earliest = (
        array("q", plain[at + 8 * count * nth : at + 8 * count * (nth + 1)]) for nth in range(3)
    )
    recording = Recording(
        pool_wait_ns=head.pool_wait_ns,
        connect_ns=head.connect_ns,
        tls_ns=head.tls_ns,
        sent_ns=head.sent_ns,
        data=bytearray(view[at + 24 * count :]),
        ends=ends,
        arrivals=arrivals,
        earliest=earliest,
        done_ns=head.done_ns,
        end=head.end,
        detail=head.detail,
        reconnects=head.reconnects,
        stamp=head.stamp,
    )
    ticket = Ticket(head.index, head.phase, head.scheduled_ns, head.begun_ns)
    names = head.session_id, head.turn, head.round, head.worker, head.settled_ns, head.group
    return Exchange(head.request_id, ticket, recording, *names)


def _packed_head(exchange: Exchange) -> bytes:
    ticket, recording = exchange.ticket, exchange.recording
    head = _Head(
        exchange.request_id,
        exchange.session_id,
        exchange.turn,
        exchange.round,
        exchange.worker,
        ticket.index,
        ticket.phase,
        ticket.scheduled_ns,
        ticket.begun_ns,
        recording.pool_wait_ns,
        recording.connect_ns,
        recording.tls_ns,
        recording.sent_ns,
        recording.done_ns,
        recording.end,
        recording.detail,
        recording.reconnects,
        recording.stamp,
        exchange.settled_ns,
        exchange.group,
    )
    try:
        return _ENCODER.encode(head)
    except UnicodeEncodeError:  # half of a surrogate pair, as a system's message or a data set may hold
        head.detail, head.request_id = _text(head.detail), _text(head.request_id)
        head.session_id = head.session_id and _text(head.session_id)
        head.group = head.group and _text(head.group)
        return _ENCODER.encode(head)


def _text(said: str) -> str:
    return said.encode("utf-8", "backslashreplace").decode()
