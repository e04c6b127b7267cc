from __future__ import annotations

import json
from itertools import chain

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.model.exchange import End, Recording
from pytest_fmbench.model.record import RequestRecord
from tests.property.slow_decoder import Chunk, SlowDecoder
from tests.support.mock_server import HEAD, delta, usage
from tests.support.recordings import framed, record_of, recorded

CHUNK = '{"id":"c-7","created":17,"choices":[{"index":0,"delta":{"content":"%s"},"finish_reason":null}]%s}'
TEXTS = [" tok", "a", "", "é", "🙂", r"\n", r"\"", r"\\", r"\u00e9", r"\ud83d", r"\q", '"', "\x00", "\t", " "]
TEXTS += ["\udcff", "\udce2\udc82", "\udced\udca0\udc80", "\udcc3\\n\udca9"]  # bytes that are no UTF-8
TEXT = st.lists(st.sampled_from(TEXTS), max_size=3).map("".join)


def decoded(recording: Recording) -> RequestRecord:
    return record_of(recording, OpenAIChat())


def chunks(record: RequestRecord) -> list[Chunk]:
    columns = (record.chunk_ns, record.chunk_tokens, record.chunk_kind, record.chunk_shared, record.chunk_slack_ns)
    return [Chunk(*row) for row in zip(*columns, strict=True)]


SAID = st.one_of(
    st.builds(lambda text: CHUNK % (text, ""), TEXT),
    st.builds(lambda text: CHUNK % (text, ""), st.just(" tok")),
    st.builds(
        lambda text, count: CHUNK % (text, f',"usage":{{"completion_tokens":{count}}}'), TEXT, st.integers(-1, 9)
    ),
    st.builds(lambda count: json.dumps({**delta("a"), "timings": {"predicted_n": count}}), st.integers(0, 9)),
    st.builds(lambda kind, text: json.dumps(delta(None, **{kind: text})), st.sampled_from(["reasoning", "x"]), TEXT),
    st.sampled_from([json.dumps(delta(finish="stop")), json.dumps(usage(9, 3)), "[DONE]", "{", "[1]", "", "null"]),
    st.sampled_from(['{"choices":[{"delta":{"content":"a"}},{"delta":{"content":"b"}}]}', CHUNK % ("a", "") + " "]),
)
BLOCK = st.one_of(
    SAID.map(lambda said: f"data: {said}\n"),
    SAID.map(lambda said: f"data: {said}\n"),
    st.sampled_from([": keep-alive\n", "event: x\ndata: 1\n", "data:{\ndata: }\n", "\n", 'data: "delta":{"content":"']),
)
RUN = st.tuples(BLOCK, st.integers(1, 4) | st.just(150)).map(lambda run: [run[0]] * run[1])
BLOCKS = st.lists(st.one_of(BLOCK.map(lambda block: [block]), RUN), max_size=12).map(lambda runs: [*chain(*runs)])
ALIKE = "data: " + CHUNK + "\n"
CUTS = st.lists(st.integers(0, 4000), max_size=12)


@given(BLOCKS, st.sampled_from(["\n", "\r\n", "\r"]), st.lists(st.integers(1, 400), max_size=9), CUTS)
@example([ALIKE % ("a", ""), ALIKE % ("b", ""), ALIKE % ('c"delta":{"content":"d', "")] * 3, "\n", [], [])
@example([ALIKE % ("a", ""), ALIKE % ("b", ""), ALIKE % ("", ""), ALIKE % ("c", "")], "\n", [], [300])
@example([ALIKE % (text, "") for text in ("a", "b", "\n", "c")], "\n", [], [])
@example([ALIKE % (text, "") for text in ("a", "\udcff")], "\n", [], [])
@example([ALIKE % (text, "") for text in ("a", "b", "c", "\udcff")], "\n", [], [])
@example([ALIKE % (text, "") for text in ("a", "b", "c", "\udcc3\\n\udca9")], "\n", [], [])
@example([ALIKE % ("a", "")] * 200 + [": hm\n"] + [ALIKE % (r"\"", "")] * 100, "\r\n", [200], [9000])
def test_the_fast_way_gives_what_the_plain_way_gives(
    blocks: list[str], newline: str, sizes: list[int], cuts: list[int]
) -> None:
    body = "".join(block + "\n" for block in blocks).replace("\n", newline).encode("utf-8", "surrogateescape")
    recording = recorded(framed(body, sizes), cuts)
    found, plain = decoded(recording), SlowDecoder(recording)
    assert chunks(found) == plain.chunks
    assert (found.finish_reason, found.output_tokens) == (plain.finish_reason, plain.output_tokens)
    assert (found.error or "").startswith("protocol: unreadable") == plain.unreadable


@given(st.lists(TEXT, max_size=30), st.lists(st.integers(1, 400), max_size=9), CUTS)
def test_it_does_not_matter_where_the_bytes_are_cut(texts: list[str], sizes: list[int], cuts: list[int]) -> None:
    body = "".join(f"data: {CHUNK % (text, '')}\n\n" for text in texts).encode("utf-8", "surrogateescape")
    whole, cut = (decoded(recorded(framed(body, sizes), where)) for where in ([], cuts))
    assert list(cut.chunk_tokens) == list(whole.chunk_tokens)
    assert (cut.status, cut.error, cut.http_status) == (whole.status, whole.error, whole.http_status)


@given(st.binary(max_size=200), CUTS, st.sampled_from(End))
def test_no_bytes_raise(data: bytes, cuts: list[int], end: End) -> None:
    for stream in (data, HEAD + data, framed(data, [7]), b"HTTP/1.1 200 OK\r\n\r\n" + data):
        record = decoded(recorded(stream, cuts, end))
        assert (record.status == "ok") == (record.error is None)


@pytest.mark.parametrize("cut", range(0, 900, 7))
def test_a_stream_that_breaks_off_holds_what_came(cut: int) -> None:
    body = b"".join(b"data: " + (CHUNK % (text, "")).encode() + b"\n\n" for text in (" tok", r"\n", "é", "a"))
    recording = recorded(framed(body, [50])[:cut], range(0, cut, 11), End.CLOSED)
    found = decoded(recording)
    assert chunks(found) == SlowDecoder(recording).chunks
    assert (found.error or "").startswith("truncated: ")
