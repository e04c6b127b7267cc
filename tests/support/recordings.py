"""Responses as a transport records them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from pytest_fmbench.client.decoding import decode
from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket
from pytest_fmbench.model.record import RequestRecord
from tests.support.mock_server import END, HEAD


def recorded(stream: bytes, cuts: Sequence[int], end: End = End.COMPLETE) -> Recording:
    """A recording of ``stream``, cut there; reads arrive at 10, 20 ... ns and began to at most 3 ns before."""
    recording = Recording(sent_ns=1, done_ns=2**40, end=end)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    for nth, (begin, stop) in enumerate(pairwise(edges), 1):
        if stop > begin:
            recording.note(10 * nth, 10 * nth - nth % 4, stream[begin:stop])
    return recording


def framed(body: bytes, sizes: Sequence[int], end: bytes = END) -> bytes:
    """The response with ``body`` in HTTP chunks of these sizes; the last takes what is left."""
    edges = [0, *accumulate(sizes), len(body)] if sizes else [0, len(body)]
    pieces = [body[begin:stop] for begin, stop in pairwise(edges) if begin < min(stop, len(body))]
    return b"".join((HEAD, *(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces), end))


def record_of(recording: Recording, dialect: Dialect) -> RequestRecord:
    return decode(Exchange("r", Ticket(0, Phase.WINDOW, 1, 2), recording), dialect)
