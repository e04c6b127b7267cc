from __future__ import annotations

import asyncio
import socket
import sys
from array import array

import pytest

from pytest_fmbench.client.round_trip import RoundTrips
from pytest_fmbench.client.transport import RecordingTransport
from pytest_fmbench.model.exchange import Recording
from tests.support.mock_server import chat_reply, serving
from tests.support.transports import record

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells of round trips")


@linux
@pytest.mark.parametrize("fresh", [True, False])
def test_a_transport_tells_of_its_connections_whether_they_are_open_or_gone(fresh: bool) -> None:
    async def thrice(url: str) -> tuple[list[Recording], RoundTrips]:
        async with RecordingTransport(fresh=fresh) as transport:
            return [await record(transport, url) for _ in range(3)], transport.round_trips()

    with serving(lambda _: chat_reply()) as mock:
        recordings, found = asyncio.run(thrice(mock.url))
    assert len(found.smoothed_us) == (3 if fresh else 1)
    assert found.shortest_ns is not None
    assert found.median_ns is not None
    took_ns = max(one.done_ns - one.sent_ns for one in recordings if one.done_ns and one.sent_ns)
    connected_ns = max(one.connect_ns or 0 for one in recordings)
    assert 0 < found.shortest_ns <= max(took_ns, connected_ns)


@linux
def test_of_what_nobody_tells_there_is_none() -> None:
    found = RoundTrips()
    ours, theirs = socket.socketpair()
    with ours, theirs, socket.socket() as unconnected:
        for one in (ours, unconnected):
            found.note(one)
    found.note(ours)  # it is closed
    assert (found.shortest_ns, found.median_ns) == (None, None)


def test_the_shortest_of_all_and_the_median_connection() -> None:
    found = RoundTrips(10, array("I", (30, 900, 50)))
    assert (found.shortest_ns, found.median_ns) == (10_000, 50_000)
