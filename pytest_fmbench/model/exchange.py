"""One request as the client saw it: stamps and bytes, nothing decoded."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise


class Phase(str, Enum):
    """The part of a run in which a request began."""

    WARMUP = "warmup"
    WINDOW = "window"
    DRAIN = "drain"


class End(str, Enum):
    """How an exchange ended, as far as the socket can tell."""

    COMPLETE = "complete"
    """The last byte of the response arrived."""
    CLOSED = "closed"
    """The server closed the connection; whether it was done is for the decoder to say."""
    CENSORED = "censored"
    """We stopped waiting, because the run was over."""
    CONNECT = "connect"
    """No connection could be made."""
    RESET = "reset"
    """The connection broke."""
    TIMEOUT = "timeout"
    """Nothing arrived for longer than allowed."""
    PROTOCOL = "protocol"
    """What arrived is not HTTP."""


def _stamps() -> array[int]:
    return array("q")


@dataclass(slots=True)
class Recording:
    """What a transport notes of one request. All ``*_ns`` are monotonic nanoseconds or differences of them.

    :param pool_wait_ns: time spent waiting for a free connection.
    :param connect_ns: time spent on the TCP handshake; 0 on a reused connection.
    :param tls_ns: time spent on the TLS handshake; 0 without TLS.
    :param sent_ns: when the request was handed to the socket; None when it never was.
    :param data: the response as it came, HTTP framing included.
    :param ends: where in ``data`` each read ends.
    :param arrivals: when the last byte of each read arrived, in ns; as long as ``ends``.
    :param earliest: the socket was seen empty then, in ns; as long as ``ends``. What the kernel was just about to queue
        has an earlier arrival.
    :param done_ns: when the end was known.
    :param end: how it ended.
    :param detail: what the error was, for an end that is one.
    :param reconnects: times that it was sent again because a reused connection turned out to be closed.
    :param stamp: whose clock reading an arrival is: ``kernel`` or ``loop``.
    """

    pool_wait_ns: int = 0
    connect_ns: int = 0
    tls_ns: int = 0
    sent_ns: int | None = None
    data: bytearray = field(default_factory=bytearray)
    ends: array[int] = field(default_factory=_stamps)
    arrivals: array[int] = field(default_factory=_stamps)
    earliest: array[int] = field(default_factory=_stamps)
    done_ns: int | None = None
    end: End | None = None
    detail: str = ""
    reconnects: int = 0
    stamp: str = "loop"

    def note(self, arrived_ns: int, earliest_ns: int, data: bytes) -> None:
        """Note one read."""
        self.data += data
        self.ends.append(len(self.data))
        self.arrivals.append(arrived_ns)
        self.earliest.append(earliest_ns)

    def reads(self) -> Iterator[bytes]:
        """The bytes of each read."""
        return (bytes(self.data[begin:end]) for begin, end in pairwise((0, *self.ends)))


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to send one request, made by the driver.

    :param index: position in the workload, from 0 over all phases.
    :param phase: the phase in which it begins.
    :param scheduled_ns: when it was meant to begin.
    :param begun_ns: when it began.
    """

    index: int
    phase: Phase
    scheduled_ns: int
    begun_ns: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """A finished request: its ticket, its names and its recording.

    :param group: which part of a mix it is; None where there is no mix.
    :param settled_ns: all requests of its worker that began before have ended, and are spooled no later than this one;
        0 where that is not said.
    """

    request_id: str
    ticket: Ticket
    recording: Recording
    session_id: str | None = None
    turn: int = 0
    round: int = 0
    worker: int = 0
    settled_ns: int = 0
    group: str | None = None
