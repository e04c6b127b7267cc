"""Recorded streams of every dialect, damaged byte by byte; ``FMBENCH_FUZZ=1000000`` makes it a long proof."""

from __future__ import annotations

import json
import os
from pathlib import Path
from random import Random

import pytest

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.client.decoding import decode
from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.store.builder import TableBuilder
from pytest_fmbench.store.table import read_measurement, write_measurement
from tests.property.slow_decoder import SlowDecoder
from tests.support.dialects import HERE, SPOKEN
from tests.support.mock_server import END, HEAD, chat_reply, delta, plain, sse, usage
from tests.support.recordings import framed

MUTATIONS = int(os.environ.get("FMBENCH_FUZZ", "3000"))
TIMED = {"timings": {"predicted_n": 1, "predicted_ms": 2.5}}
WORDS = [b"\r\n", b"\n\n", b"\0", b"\xff", b"\xed\xa0\x80", b'"', b"\\", b"{", b"[", b"0\r\n\r\n", b"data: ", b"1" * 25]
EVENT = b'data: {"id":"c","choices":[{"index":0,"delta":{"content":" tok"},"finish_reason":null}]}\n\n'


def raw(steps: object) -> bytes:
    assert isinstance(steps, list)
    return b"".join(step for step in steps if isinstance(step, bytes))


def texts(count: int) -> bytes:
    said = [{"choices": [{"text": f"w{nth}"}]} for nth in range(count)]
    return sse(*said, {"choices": [{"text": "", "finish_reason": "stop"}]}, usage(3, count), b"[DONE]")


WHOLE = {"choices": [{"message": {"content": "a"}, "text": "a", "finish_reason": "stop"}], **usage(3, 2), **TIMED}
STREAMS = [
    raw(chat_reply(tokens=5)),
    HEAD
    + b"".join(b"%x\r\n%s\r\n" % (len(EVENT), EVENT) for _ in range(9))
    + sse(delta(finish="stop"), b"[DONE]")
    + END,
    HEAD + sse(*({**delta("a"), **TIMED} for _ in range(5)), delta(finish="length"), usage(9, 5)) + END,
    HEAD + sse(delta(None, reasoning_content="hm"), delta(None, tool_calls=[{"index": 0}]), {"error": "boom"}) + END,
    HEAD + texts(4) + END,
    b"HTTP/1.0 200 OK\r\n\r\n" + EVENT.replace(b"\n", b"\r\n") * 4,
    b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n" + raw(chat_reply(tokens=2)),
    raw(plain(200, json.dumps(WHOLE))),
    raw(plain(500, '{"error": {"message": "no memory"}}')),
]

OWN = {name: [framed(said.body, [30] * 99) for said in spoken.replies.values()] for name, spoken in SPOKEN.items()}
"""What each dialect is spoken like."""


def damaged(stream: bytes, random: Random) -> bytes:
    """``stream`` after one to four changes of a few bytes."""
    data = bytearray(stream)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(data) + 1)
        length = random.choice((0, 1, 1, 2, 5, 40))
        new = random.choice((b"", random.randbytes(1), random.choice(WORDS), bytes(data[at : at + 60])))
        data[at : at + length] = new
    return bytes(data)


def recorded(stream: bytes, random: Random) -> Recording:
    recording = Recording(sent_ns=1, done_ns=2**60, end=random.choice((End.COMPLETE, End.CLOSED, End.CENSORED)))
    size = random.choice((1, 7, 100, 10**6))
    for nth, begin in enumerate(range(0, len(stream), size), 1):
        recording.note(10 * nth, 10 * nth - 3, stream[begin : begin + size])
    return recording


def fuzzed(seed: int, dialect: str) -> tuple[Recording, RequestRecord]:
    random = Random(seed)  # noqa: S311  # repeatable, on purpose
    streams = random.choice((STREAMS, OWN[dialect]))
    recording = recorded(damaged(random.choice(streams), random), random)
    return recording, decode(Exchange("r", Ticket(0, Phase.WINDOW, 1, 2), recording), DIALECTS[dialect]())


@pytest.mark.parametrize("dialect", HERE)
def test_whatever_comes_becomes_a_row(dialect: str, tmp_path: Path) -> None:
    builder = TableBuilder()
    for seed in range(MUTATIONS // len(DIALECTS)):
        record = fuzzed(seed, dialect)[1]
        assert (record.status == "ok") == (record.error is None), seed
        assert len({len(record.chunk_ns), len(record.chunk_tokens), len(record.chunk_kind)}) == 1, seed
        builder.add(record)
    write_measurement(tmp_path / "requests.parquet", Measurement(builder.table(), Window(0, 1)))
    assert read_measurement(tmp_path / "requests.parquet").requests.num_rows == MUTATIONS // len(DIALECTS)


def test_the_fast_way_gives_what_the_plain_way_gives() -> None:
    for seed in range(MUTATIONS):
        recording, found = fuzzed(seed, OpenAIChat.name)
        plain_way = SlowDecoder(recording)
        if found.http_status == 200 and not plain_way.broken:
            rows = zip(found.chunk_ns, found.chunk_tokens, found.chunk_kind, found.chunk_shared, strict=True)
            assert [*rows] == [chunk[:4] for chunk in plain_way.chunks], seed
