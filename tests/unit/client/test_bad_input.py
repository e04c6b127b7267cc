"""What no server should send: each becomes a record with a cause, in time that is linear in its bytes."""

from __future__ import annotations

import time

import pytest

from pytest_fmbench.client.decoding import decode
from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.store.table import to_table
from tests.support.mock_server import END, HEAD, delta, sse, usage

OK = b"HTTP/1.1 200 OK\r\n"
CLOSES = OK + b"connection: close\r\n\r\n"
LAST = b'data: {"choices":[{"delta":{"content":"a"},"finish_reason":"length"}]}\n\n'
DEEP = b"[" * 100_000


def record(stream: bytes, size: int = 2**30, end: End = End.CLOSED) -> RequestRecord:
    """The record of ``stream``, read ``size`` bytes at a time; it is one that can be kept."""
    recording = Recording(sent_ns=1, done_ns=2**60, end=end)
    for nth, begin in enumerate(range(0, len(stream), size), 1):
        recording.note(nth, nth, stream[begin : begin + size])
    found = decode(Exchange("r", Ticket(0, Phase.WINDOW, 1, 2), recording), OpenAIChat())
    to_table([found]).validate(full=True)
    return found


def error(stream: bytes) -> str:
    found = record(stream)
    assert found.status == "failed"
    return str(found.error)


@pytest.mark.parametrize(
    ("stream", "cause"),
    [
        (HEAD + b"8000000000000000\r\n" + LAST, "truncated: "),
        (HEAD + b"fffffffffffffffff\r\n" + LAST, "protocol: not HTTP"),
        (OK + b"content-length: 9223372036854775808\r\n\r\n" + LAST, "truncated: "),
        (OK + b"content-length: 99999999999999999999\r\n\r\n" + LAST, "protocol: not HTTP"),
        (OK + b"content-encoding: gzip\r\n\r\n\x1f\x8b", "protocol: content-encoding 'gzip' that was not asked for"),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n" + LAST,
            "protocol: not HTTP",
        ),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\naHTTP/1.1 500 no\r\n\r\n", "protocol: not HTTP"),
        (CLOSES + b"data: " + DEEP + b"\n\n" + LAST, "protocol: unreadable event b'[[["),
        (CLOSES + b'data: {"timings":{"a":' + DEEP + b"\n\n" + LAST, "protocol: unreadable event"),
        (CLOSES + b'data: {"choices":[{"delta":{"content":"\xe2\x82"}}]}\n\n' + LAST, "protocol: unreadable event"),
        (CLOSES + b'data: {"x":"\xff","choices":[]}\n\n' + LAST, "protocol: unreadable event"),
        (CLOSES + b"data: \0\n\n" + LAST, r"protocol: unreadable event b'\x00'"),
        (CLOSES + b'data: {"error":"\\ud800"}\n\n' + LAST, "status: error event in the stream: \ud800"),
        (CLOSES + b'data: {"usage":' + b"9" * 5000 + b"}\n\n" + LAST, "protocol: unreadable event"),
        (OK + b"transfer-encoding: gzip, chunked\r\n\r\n", "truncated: "),
        (b"\0" * 1000, "protocol: not HTTP"),
        (b"", "truncated: "),
    ],
)
def test_it_is_a_failure_with_a_cause(stream: bytes, cause: str) -> None:
    assert error(stream).startswith(cause)


@pytest.mark.parametrize(
    "stream",
    [
        b"HTTP/1.0 200 OK\r\n\r\n" + LAST,
        b"HTTP/1.1 100 Continue\r\n\r\n" + CLOSES + LAST,
        OK + b"content-encoding: identity\r\n\r\n" + LAST,
        HEAD + b"%x;ext=1\r\n%s\r\n0\r\nx-trailer: 1\r\n\r\n" % (len(LAST), LAST),
        OK + b"x: " + b"a" * 1_000_000 + b"\r\n\r\n" + LAST,
        CLOSES + LAST.replace(b'"a"', rb'"\ud83d"'),
        CLOSES + LAST.replace(b'"a"', rb'"\u0000"'),
        CLOSES + LAST.replace(b'"content":"a"', b'"content":null,"content":"a"'),
        CLOSES + LAST.replace(b'"length"', rb'"\udc80"'),
    ],
)
def test_it_is_no_failure(stream: bytes) -> None:
    found = record(stream)
    assert (found.status, found.error, len(found.chunk_ns)) == ("ok", None, 1)


def test_numbers_that_are_too_large_are_none() -> None:
    said = {**usage(2**63, 2**31 + 1), "timings": {"predicted_n": 10**30}}
    found = record(HEAD + sse(said) + sse(delta("a", finish="length")) + END)
    assert (found.input_tokens, found.output_tokens, found.counted_output_tokens) == (None, None, 1)


def test_timings_of_any_depth_are_kept_or_left_out() -> None:
    said = b'data: {"timings":{"a":%s%s}}\n\n' % (b"[" * 900, b"]" * 900)
    assert record(CLOSES + said + LAST).status == "ok"


def test_a_finish_reason_is_no_novel() -> None:
    assert len(record(CLOSES + LAST.replace(b"length", b"x" * 10_000)).finish_reason or "") == 100


@pytest.mark.parametrize(
    ("stream", "size"),
    [
        (OK + b"x: " + b"a" * 1_000_000 + b"\r\n\r\n" + LAST, 1),
        (HEAD + b"1\r\n \r\n" * 100_000, 1),
        (CLOSES + b"x" * 20_000_000, 500),
        (HEAD + b"1312d00\r\n" + b"x" * 20_000_000, 500),
        (CLOSES + b"data: " + b'"content":"' * 1_000_000, 4096),
        (CLOSES + LAST * 20_000 + b"data: ", 37),
        (CLOSES + b"".join(LAST.replace(b"a", b"%d" % n).replace(b"length", b"%d" % n) for n in range(9000)), 64),
        (CLOSES + (LAST.replace(b'"length"', b"null") * 2 + b": hm\n\n") * 9000, 64),
        (HEAD + b"0\r\n" + b"x: y\r\n" * 200_000, 1000),
        (b"\r\n" * 10_000_000, 1000),
    ],
    ids=range(10),
)
def test_time_is_linear(stream: bytes, size: int) -> None:
    begun = time.process_time()
    record(stream, size)
    assert time.process_time() - begun < 5
