"""One row of ``requests.parquet``: a request, decoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import overload

import msgspec


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


KINDS = tuple(ChunkKind)
"""What a chunk may hold; a place in it is a kind's code."""


@dataclass(frozen=True, slots=True)
class Kinds(Sequence[str]):
    """What each of many chunks holds, a byte a chunk.

    :param codes: of each chunk, its kind's place in :data:`KINDS`.
    """

    codes: bytes | bytearray

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Kinds: ...
    def __getitem__(self, at: int | slice) -> str | Kinds:
        return Kinds(self.codes[at]) if isinstance(at, slice) else KINDS[self.codes[at]].value


class RequestRecord(msgspec.Struct, frozen=True):  # made for every request, and made faster than a dataclass
    """A request and its reply. Field order is column order; ``*_ns`` stamps are on CLOCK_MONOTONIC.

    The ``chunk_*`` columns have one entry a content chunk: role-only deltas, keep-alives, usage and end
    marks are not content. They may be arrays.

    :param phase: ``warmup``, ``window`` or ``drain``.
    :param scheduled_ns: when it was meant to begin; ``begun_ns``: when it did.
    :param pool_wait_ns: waiting for a connection; ``connect_ns``, ``tls_ns``: handshakes. Differences, not stamps.
    :param sent_ns: when it was handed to the socket; None when it never was.
    :param first_byte_ns: arrival of the first byte of the response, whatever it says.
    :param chunk_kind: values of :class:`ChunkKind`.
    :param chunk_shared: 1 where the chunk's stamp is also that of a later chunk, since one read brought both; else 0.
    :param chunk_slack_ns: the most that a chunk whose stamp is shared may have come before its stamp: what lies between
        the earliest that a byte of its read can have come and the stamp. 0 where the stamp is the chunk's own.
    :param done_ns: when its end was known.
    :param input_tokens: the server's count, as ``output_tokens`` and ``cached_tokens``; None if it gave none.
    :param counted_output_tokens: our own count.
    :param server_timings: what the server says of its own time, as JSON.
    :param error: ``cause: detail``; None when ok.
    :param stamp: whose clock reading an arrival is: ``kernel`` or ``loop``.
    :param items: how many images, embeddings, scores or other units of work came; None where text was wanted.
    :param reasoning_tokens: of the output tokens, by the server's count; None if it gave none.
    :param group: which part of a mix it is, such as an adapter; None where there is no mix.
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
    chunk_ns: Sequence[int] = ()
    chunk_tokens: Sequence[int] = ()
    chunk_kind: Sequence[str] = ()
    chunk_shared: Sequence[int] = ()
    chunk_slack_ns: Sequence[int] = ()
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
    items: int | None = None
    reasoning_tokens: int | None = None
    group: str | None = None
