"""Kernel stamps: a client that is late does not make the server late."""

from __future__ import annotations

import asyncio
import ssl
import sys
import time
from collections.abc import Iterator
from itertools import pairwise

import httpx
import pytest

from pytest_fmbench.client import stamps
from pytest_fmbench.client.decoding import decode
from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.client.message import message_of
from pytest_fmbench.client.transport import RecordingTransport
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.model.exchange import Exchange, Phase, Recording, Ticket
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.testing import Mock, Truth, constant, healthy, serving

pytestmark = pytest.mark.usefixtures("way")
NAP_S = 0.03
TOLERANCE_NS = 5_000_000
"""A sixth of a nap: what a stamp may be off where the machine is busy with something else."""

kernel = pytest.mark.skipif(not stamps.available(), reason="this kernel stamps nothing")


@pytest.fixture(params=["plain", "tls"])
def contexts(request: pytest.FixtureRequest) -> tuple[ssl.SSLContext | None, ssl.SSLContext | None]:
    """The server's and the client's."""
    if request.param == "plain":
        return None, None
    trustme = pytest.importorskip("trustme", reason="makes the certificates: pip install trustme")
    authority, server, client = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    return server, client


@pytest.fixture
def mock(contexts: tuple[ssl.SSLContext | None, ssl.SSLContext | None]) -> Iterator[Mock]:
    script = healthy(ttft=constant(0.02), itl=constant(0.01), output_tokens=constant(30))
    with serving(script, tls=contexts[0]) as found:
        yield found


async def _naps() -> None:
    while True:
        time.sleep(NAP_S)  # noqa: ASYNC251  # the loop is what is to be kept busy
        await asyncio.sleep(0)


async def _measure(url: str, tls: ssl.SSLContext | None, napping: bool) -> tuple[int, Recording]:
    recording = Recording()
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "a"}]}
    request = httpx.Request("POST", f"{url}/v1/chat/completions", json=body)
    async with RecordingTransport(tls) as transport:
        naps = asyncio.ensure_future(_naps() if napping else asyncio.sleep(0))
        before_ns = monotonic_ns()
        await transport.record(request, recording)
        naps.cancel()
    return before_ns, recording


def measured(mock: Mock, tls: ssl.SSLContext | None, napping: bool = True) -> tuple[RequestRecord, Truth]:
    before_ns, recording = asyncio.run(_measure(mock.url, tls, napping))
    (truth,) = mock.truths()
    assert recording.sent_ns is not None
    assert before_ns <= recording.sent_ns <= truth.read_ns
    assert len(recording.ends) == len(recording.arrivals) == len(recording.earliest)
    assert all(early <= late + 1_000_000 for early, late in zip(recording.earliest, recording.arrivals, strict=True))
    return decode(Exchange("r", Ticket(0, Phase.WINDOW, 1, 2), recording), OpenAIChat()), truth


@kernel
def test_stamps_are_those_of_the_writes_however_late_the_reader(
    mock: Mock, contexts: tuple[ssl.SSLContext | None, ssl.SSLContext | None]
) -> None:
    record, truth = measured(mock, contexts[1])
    assert (record.status, record.stamp, len(record.chunk_ns)) == ("ok", "kernel", 30)
    writes = list(zip(truth.begin_ns, truth.end_ns, strict=True))
    alone = 0
    for (begin_ns, end_ns), chunk_ns, shared in zip(writes, record.chunk_ns, record.chunk_shared, strict=True):
        assert chunk_ns >= begin_ns - TOLERANCE_NS
        if not shared:  # of several that one read brought, the stamp is the last one's
            assert chunk_ns <= end_ns + TOLERANCE_NS
            alone += 1
    assert alone > 3
    assert sum(record.chunk_shared) > 5, "the reader was never late, so that this shows nothing"


@kernel
def test_no_byte_arrived_before_it_was_known_that_there_was_none(
    mock: Mock, contexts: tuple[ssl.SSLContext | None, ssl.SSLContext | None]
) -> None:
    record, truth = measured(mock, contexts[1])
    for end_ns, chunk_ns, slack_ns in zip(truth.end_ns, record.chunk_ns, record.chunk_slack_ns, strict=True):
        assert chunk_ns - slack_ns <= end_ns + TOLERANCE_NS


def test_without_the_kernels_the_stamps_are_the_loops(
    mock: Mock, contexts: tuple[ssl.SSLContext | None, ssl.SSLContext | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamps, "enable", lambda _: False)
    record, truth = measured(mock, contexts[1], napping=False)
    assert (record.status, record.stamp, len(record.chunk_ns)) == ("ok", "loop", 30)
    assert all(begin_ns <= chunk_ns for begin_ns, chunk_ns in zip(truth.begin_ns, record.chunk_ns, strict=True))
    assert all(first <= second for first, second in pairwise(record.chunk_ns))


@kernel
def test_a_second_request_is_not_sent_when_the_first_was() -> None:
    async def two(url: str) -> list[Recording]:
        found = [Recording(), Recording()]
        async with RecordingTransport() as transport:
            for recording in found:
                await transport.record(httpx.Request("POST", f"{url}/v1/chat/completions", json={}), recording)
        return found

    with serving(healthy(output_tokens=constant(2))) as mock:
        found = asyncio.run(two(mock.url))
        for recording, truth in zip(found, mock.truths(), strict=True):
            assert recording.sent_ns is not None
            assert truth.read_ns - 1_000_000_000 < recording.sent_ns <= truth.read_ns
    assert found[0].sent_ns is not None
    assert found[1].sent_ns is not None
    assert found[0].arrivals[-1] < found[1].sent_ns


@kernel
def test_a_large_request_is_sent_when_its_first_piece_is() -> None:
    async def large(url: str) -> tuple[int, Recording]:
        recording, body = Recording(), b"a" * 20_000_000
        message = message_of(httpx.Request("POST", f"{url}/v1/chat/completions", content=body))
        async with RecordingTransport() as transport:
            before_ns = monotonic_ns()
            await transport.exchange(message, recording)
        return before_ns, recording

    with serving(healthy(output_tokens=constant(2))) as mock:
        before_ns, recording = asyncio.run(large(mock.url))
        (truth,) = mock.truths()
    assert recording.sent_ns is not None
    assert before_ns <= recording.sent_ns <= truth.read_ns
    assert recording.sent_ns - before_ns < (truth.read_ns - before_ns) * 9 // 10  # the last piece's would be all of it


def test_elsewhere_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not stamps.available()
