"""Every way in which a request can end, over real sockets, from transport to record."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from pytest_fmbench.client.connection import Connection
from pytest_fmbench.client.decoding import decode
from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.client.transport import RecordingTransport
from pytest_fmbench.model.exchange import Exchange, Phase, Recording, Ticket
from pytest_fmbench.model.record import RequestRecord
from tests.support.mock_server import END, HEAD, Step, chat_reply, delta, plain, serving, sse, usage

TIMEOUTS = {"connect": 2.0, "read": 2.0}


async def ask(transport: RecordingTransport, url: str, whole: float = 60.0, **timeouts: float) -> RequestRecord:
    extensions = {"timeout": {**TIMEOUTS, **timeouts}, "whole_timeout": whole}
    request = httpx.Request("POST", url, content=b"{}", extensions=extensions)
    recording = Recording()
    await transport.record(request, recording)
    return decode(Exchange("r", Ticket(0, Phase.WINDOW, 1, 2), recording), OpenAIChat())


async def _once(url: str, **timeouts: float) -> RequestRecord:
    transport = RecordingTransport()
    try:
        return await ask(transport, url, **timeouts)
    finally:
        await transport.aclose()


def answered(steps: Sequence[Step], **timeouts: float) -> RequestRecord:
    """The record of one request to a server that does ``steps``."""
    with serving(lambda _: steps) as mock:
        return asyncio.run(_once(mock.url, **timeouts))


def test_a_healthy_reply() -> None:
    found = answered(chat_reply(tokens=3, gap_s=0.001))
    assert (found.status, found.error, found.http_status, found.finish_reason) == ("ok", None, 200, "length")
    assert (found.input_tokens, found.output_tokens, found.counted_output_tokens) == (9, 3, 3)
    assert len(found.chunk_ns) == 3
    assert found.sent_ns is not None
    assert found.first_byte_ns is not None
    assert found.done_ns is not None
    # a busy machine reads several writes at once
    assert found.sent_ns < found.first_byte_ns <= found.chunk_ns[0] <= found.chunk_ns[2] <= found.done_ns
    assert found.connect_ns > 0


def test_the_end_token_is_counted_when_a_reply_ends_by_itself() -> None:
    found = answered([HEAD, sse(delta("a"), delta("b"), delta(finish="stop"), usage(9, 3), b"[DONE]"), END])
    assert (found.counted_output_tokens, found.output_tokens) == (3, 3)


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        (plain(500, '{"error": {"message": "no memory"}}'), "status: 500: no memory"),
        (plain(404, '{"detail": "no such model"}'), "status: 404: no such model"),
        (plain(503, "busy}"), "status: 503: busy}"),
        (plain(429, '{"error": "slow down"}'), "throttled: 429: slow down"),
        ([HEAD, sse(delta("a")), sse({"error": {"message": "boom"}}), END], "status: error event in the stream: boom"),
        ([HEAD, sse(delta("a")), END], "truncated: the stream ended without a finish reason after 1 chunks"),
        ([HEAD, sse(delta("a"), b"[DONE]"), END], "truncated: the stream ended without a finish reason after 1 chunks"),
        ([HEAD, sse(delta("a"))], "truncated: the server closed the connection after 1 chunks"),
        ([HEAD], "truncated: the server closed the connection after 0 chunks"),
        ([HEAD, sse(b"{oops"), sse(delta("a", finish="stop")), END], "protocol: unreadable event"),
        ([HEAD, sse(delta(finish="stop"), b"[DONE]"), END], "protocol: empty reply, finish reason 'stop'"),
        ([b"220 smtp.example ready\r\n"], "protocol: not HTTP"),
        ([HEAD, b"zz\r\n"], "protocol: not HTTP"),
        ([], "truncated: the server closed the connection after 0 chunks"),
    ],
)
def test_every_way_to_fail_has_its_cause(steps: Sequence[Step], error: str) -> None:
    found = answered(steps)
    assert found.status == "failed"
    assert found.error is not None
    assert found.error.startswith(error)


def test_a_reset_in_mid_stream_is_truncated() -> None:
    found = answered([HEAD, sse(delta("a")), 0.05, None])
    assert found.status == "failed"
    assert found.error is not None
    assert found.error.startswith("truncated: ")
    assert found.error.endswith("after 1 chunks")


def test_silence_is_a_timeout() -> None:
    found = answered([HEAD, sse(delta("a")), 5.0, END], read=0.05)
    assert found.error == "timeout: nothing arrived for 0.05 s"


def test_no_first_byte_is_a_timeout_that_says_so() -> None:
    assert answered([5.0], read=0.05).error == "timeout: not even a first byte: nothing arrived for 0.05 s"


def test_a_trickle_without_end_is_a_timeout() -> None:
    found = answered(chat_reply(tokens=100, gap_s=0.05), whole=0.3)
    assert found.error == "timeout: not complete within 0.3 s"
    assert found.chunk_ns


def test_a_slow_trickle_is_none() -> None:
    found = answered(chat_reply(tokens=8, gap_s=0.05), read=0.2)
    assert found.status == "ok"


def test_a_port_that_refuses_is_a_connect_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found = asyncio.run(_once(f"http://127.0.0.1:{taken.getsockname()[1]}"))
    assert (found.status, found.sent_ns) == ("failed", None)
    assert found.error is not None
    assert found.error.startswith("connect: ")


def test_a_name_that_does_not_resolve_is_a_connect_error() -> None:
    found = asyncio.run(_once("http://nowhere.invalid"))
    assert found.error is not None
    assert found.error.startswith("connect: ")


def test_a_reply_without_length_ends_with_the_connection() -> None:
    body = b"data: " + b'{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}' + b"\n\n"
    found = answered([b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body])
    assert (found.status, found.error) == ("ok", None)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_it_does_not_matter_where_the_bytes_are_cut(size: int) -> None:
    whole = b"".join(step for step in chat_reply(tokens=3) if isinstance(step, bytes))
    steps: list[Step] = []
    for at in range(0, len(whole), size):
        steps += [whole[at : at + size], 0.0]
    found = answered(steps[:-1])
    assert (found.status, found.output_tokens, len(found.chunk_ns)) == ("ok", 3, 3)


def test_connections_are_kept_alive() -> None:
    async def twice(url: str) -> list[RequestRecord]:
        transport = RecordingTransport()
        found = [await ask(transport, url) for _ in range(2)]
        await transport.aclose()
        return found

    with serving(lambda _: chat_reply()) as mock:
        first, second = asyncio.run(twice(mock.url))
        assert [asked.nth for asked in mock.asked] == [0, 1]
    assert first.connect_ns > 0
    assert second.connect_ns == 0
    assert second.status == "ok"


def test_a_kept_connection_that_turns_out_closed_is_replaced_once() -> None:
    async def twice(url: str) -> tuple[RequestRecord, Recording]:
        transport, recording = RecordingTransport(), Recording()
        await ask(transport, url)
        await transport.record(httpx.Request("POST", url, content=b"{}"), recording)
        await transport.aclose()
        return decode(Exchange("r", Ticket(0, Phase.WINDOW, 1, 2), recording), OpenAIChat()), recording

    with serving(lambda asked: chat_reply() if asked.nth == 0 else [None]) as mock:
        found, recording = asyncio.run(twice(mock.url))
        assert [asked.nth for asked in mock.asked] == [0, 1, 0]
    assert (found.status, recording.reconnects) == ("ok", 1)


def test_a_cancelled_request_is_censored_and_keeps_what_came() -> None:
    async def cut(url: str) -> Recording:
        transport, recording = RecordingTransport(), Recording()
        task = asyncio.create_task(transport.record(httpx.Request("POST", url, content=b"{}"), recording))
        while len(recording.arrivals) < 3:  # noqa: ASYNC110  # the recording has no event to wait for, on purpose
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await transport.aclose()
        return recording

    with serving(lambda _: chat_reply(tokens=500, gap_s=0.01)) as mock:
        recording = asyncio.run(cut(mock.url))
    found = decode(Exchange("r", Ticket(0, Phase.DRAIN, 1, 2), recording), OpenAIChat())
    assert (found.status, found.error) == ("censored", "censored: the run ended first")
    assert found.chunk_ns


def test_plain_httpx_may_use_the_transport() -> None:
    async def get(url: str) -> list[Any]:
        async with httpx.AsyncClient(transport=RecordingTransport(), headers={"x-a": "b"}) as client:
            ok = await client.post(url, json={"q": 1})
            return [ok.status_code, ok.json()]

    with serving(lambda _: plain(200, '{"a": 1}')) as mock:
        assert asyncio.run(get(mock.url)) == [200, {"a": 1}]
        assert mock.asked[0].header("x-a") == "b"
        assert json.loads(mock.asked[0].body) == {"q": 1}


@pytest.mark.parametrize(
    ("steps", "error"),
    [([HEAD], httpx.RemoteProtocolError), ([HEAD, None], httpx.ReadError), ([HEAD, 5.0], httpx.ReadTimeout)],
)
def test_plain_httpx_sees_its_own_errors(steps: Sequence[Step], error: type[Exception]) -> None:
    async def get(url: str) -> None:
        async with httpx.AsyncClient(transport=RecordingTransport(), timeout=0.2) as client:
            await client.get(url)

    with serving(lambda _: steps) as mock, pytest.raises(error):
        asyncio.run(get(mock.url))


def test_connections_are_freed_without_a_collector() -> None:
    async def several(url: str) -> None:
        transport = RecordingTransport()
        for _ in range(20):
            await ask(transport, url)
        await transport.aclose()

    body = b'data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n'
    gc.collect()
    gc.disable()
    try:
        with serving(lambda _: [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body]) as mock:
            asyncio.run(several(mock.url))
            assert len({asked.nth for asked in mock.asked}) == 1
        assert [one for one in gc.get_objects() if isinstance(one, Connection)] == []
    finally:
        gc.enable()
