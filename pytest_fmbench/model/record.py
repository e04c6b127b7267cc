"""One row of ``requests.parquet``: a request, decoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Status(str, Enum):
    """What became of a request."""

    OK = "ok"
    FAILED = "failed"
    CENSORED = "censored"
    """The run ended before it did; neither a success nor the server's failure."""


class ChunkKind(str, Enum):
    """What a content chunk holds."""

    CONTENT = "content"
    REASONING = "reasoning"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """A request and its reply. Field order is column order; ``*_ns`` stamps are on CLOCK_MONOTONIC.

    The ``chunk_*`` tuples have one entry a content chunk: role-only deltas, keep-alives, usage and end
    marks are not content.

    :param phase: ``warmup``, ``window`` or ``drain``.
    :param scheduled_ns: when it was meant to begin; ``begun_ns``: when it did.
    :param pool_wait_ns: waiting for a connection; ``connect_ns``, ``tls_ns``: handshakes. Differences, not stamps.
    :param sent_ns: when it was handed to the socket; None when it never was.
    :param first_byte_ns: arrival of the first byte of the response, whatever it says.
    :param chunk_shared: the chunk's stamp is also that of a later chunk, since one read brought both.
    :param done_ns: when its end was known.
    :param input_tokens: the server's count, as ``output_tokens`` and ``cached_tokens``; None if it gave none.
    :param counted_output_tokens: our own count.
    :param server_timings: what the server says of its own time, as JSON.
    :param error: ``cause: detail``; None when ok.
    :param stamp: whose clock reading an arrival is: ``kernel`` or ``loop``.
    """

    request_id: str
    session_id: str | None
    turn: int
    round: int
    worker: int
    phase: str
    scheduled_ns: int
    begun_ns: int
    pool_wait_ns: int
    connect_ns: int
    tls_ns: int
    sent_ns: int | None
    first_byte_ns: int | None
    chunk_ns: tuple[int, ...] = field(default=())
    chunk_tokens: tuple[int, ...] = field(default=())
    chunk_kind: tuple[str, ...] = field(default=())
    chunk_shared: tuple[bool, ...] = field(default=())
    done_ns: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    counted_output_tokens: int = 0
    cached_tokens: int | None = None
    finish_reason: str | None = None
    http_status: int | None = None
    server_timings: str | None = None
    status: str = Status.OK.value
    error: str | None = None
    stamp: str = "loop"
