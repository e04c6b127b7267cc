from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.client.dialects.base import Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.model.record import KINDS, ChunkKind
from tests.support.mock_server import delta, usage

CONTENT = ChunkKind.CONTENT


def event(said: object) -> bytes:
    return b"data: " + (said if isinstance(said, bytes) else json.dumps(said).encode()) + b"\n\n"


def body(*reads: list[object]) -> Body:
    """The body of reads that arrive at 1, 2, 3 ... ns, each bringing whole events."""
    return Body.of((at, b"".join(map(event, read))) for at, read in enumerate(reads, 1))


def reply(*reads: list[object]) -> Reply:
    return OpenAIChat().read(body(*reads))


def chunks(found: Reply, of: Body) -> list[tuple[int, int, ChunkKind]]:
    """When each chunk arrived, its tokens and what it holds."""
    stamps, kinds = of.stamps(found.chunks.at), [KINDS[code] for code in found.chunks.kinds]
    return list(zip(stamps.ns, found.chunks.tokens, kinds, strict=True))


def test_the_request_asks_for_a_stream_with_usage() -> None:
    call = OpenAIChat().call(Prompt((Message("user", "Grüße"),), max_tokens=5), "m", {})
    assert call.path == "/chat/completions"
    assert json.loads(call.body) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Grüße"}],
        "max_tokens": 5,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_healthy_stream() -> None:
    came = body(
        [delta(None, role="assistant")], [delta("a")], [delta("b")], [delta(finish="stop"), usage(9, 3), b"[DONE]"]
    )
    found = OpenAIChat().read(came)
    assert chunks(found, came) == [(2, 1, CONTENT), (3, 1, CONTENT)]
    assert (found.input_tokens, found.output_tokens, found.finish_reason, found.ended) == (9, 3, "stop", True)
    assert found.problem is found.error is None


@pytest.mark.parametrize(
    "empty", [{"role": "assistant"}, {"content": None}, {"content": ""}, {"role": "a", "content": ""}]
)
def test_a_delta_without_content_is_no_chunk(empty: dict[str, Any]) -> None:
    assert len(reply([delta(None, **empty)]).chunks) == 0


@pytest.mark.parametrize(
    ("inner", "kind"),
    [
        ({"reasoning_content": "hm"}, ChunkKind.REASONING),
        ({"reasoning": "hm"}, ChunkKind.REASONING),
        ({"tool_calls": [{"index": 0}]}, ChunkKind.TOOL),
        ({"content": "a"}, ChunkKind.CONTENT),
    ],
)
def test_kinds_are_told_apart(inner: dict[str, Any], kind: ChunkKind) -> None:
    came = body([delta(None, **inner)])
    assert chunks(OpenAIChat().read(came), came) == [(1, 1, kind)]


def test_chunks_of_one_read_share_their_stamp() -> None:
    came = body([delta("a"), delta("b"), delta("c")], [delta("d")])
    stamps = came.stamps(OpenAIChat().read(came).chunks.at)
    assert (list(stamps.ns), list(stamps.shared), list(stamps.slack_ns)) == ([1, 1, 1, 2], [1, 1, 0, 0], [0] * 4)


def test_usage_may_ride_beside_a_choice_and_done_may_be_missing() -> None:
    found = reply([{**delta("a", finish="length"), "usage": {"prompt_tokens": 1, "completion_tokens": 1}}])
    assert (found.output_tokens, found.ended, len(found.chunks)) == (1, True, 1)


def test_cached_tokens_and_server_timings_are_kept() -> None:
    said = {"choices": [], "usage": {"prompt_tokens_details": {"cached_tokens": 6}}, "timings": {"prompt_ms": 1.5}}
    assert reply([said]).cached_tokens == 6
    assert reply([said]).server_timings == {"prompt_ms": 1.5}


def counted(content: str | None, count: int, finish: str | None = None) -> dict[str, Any]:
    return {**delta(content, finish=finish), "timings": {"predicted_n": count}}


def test_a_running_count_tells_how_many_tokens_a_chunk_holds() -> None:
    found = reply([counted("a", 1)], [counted("🙂", 5)], [counted(None, 6, "length")])
    assert list(found.chunks.tokens) == [1, 4]
    assert found.running_tokens == 6


def test_tokens_that_never_became_a_character_are_counted_at_the_end() -> None:
    found = reply([counted("a", 3)], [delta(finish="length")], [{"choices": [], "timings": {"predicted_n": 4}}])
    assert list(found.chunks.tokens) == [3]
    assert found.running_tokens == 4


def test_usage_in_every_chunk_is_a_running_count() -> None:
    said = [{**delta("a"), "usage": {"prompt_tokens": 1, "completion_tokens": count}} for count in (2, 3, 6)]
    found = reply([said[0]], [said[1]], [said[2]])
    assert list(found.chunks.tokens) == [2, 1, 3]


def test_a_count_that_comes_only_at_the_end_says_nothing_of_a_chunk() -> None:
    found = reply([delta("a")], [delta("b")], [counted("c", 9)])
    assert list(found.chunks.tokens) == [1, 1, 1]
    assert found.running_tokens == 9


def test_a_running_count_that_stops_is_not_believed() -> None:
    found = reply([counted("a", 3)], [delta("b")])
    assert list(found.chunks.tokens) == [3, 1]
    assert found.running_tokens is None


@pytest.mark.parametrize("error", [{"message": "out of memory", "code": 500}, "out of memory"])
def test_an_error_event_is_an_error(error: object) -> None:
    assert reply([delta("a")], [{"error": error}]).error == "out of memory"


@pytest.mark.parametrize("junk", [b"{", b"nul", b"[1]", b'"x"', b"7", b'{"choices": 5}', b'{"choices": [7]}', b"\xff"])
def test_an_event_that_cannot_be_read_is_a_problem(junk: bytes) -> None:
    found = reply([delta("a")], [junk], [delta("b")])
    assert found.problem is not None
    assert len(found.chunks) == 2


@pytest.mark.parametrize("count", [-1, True, "3", 1.5, 2**40, None])
def test_a_count_that_is_none_is_not_taken_for_one(count: object) -> None:
    assert reply([{"usage": {"completion_tokens": count}}]).output_tokens is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["choices", "delta", "usage", "error", "content", "finish_reason"]), inner)
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_json_raises(said: object) -> None:
    reply([said])


@given(st.binary(max_size=60))
def test_no_bytes_raise(data: bytes) -> None:
    OpenAIChat().read(Body.of([(1, b"data: " + data + b"\n\n")]))


def test_completions_hold_their_text_in_the_choice() -> None:
    said = [{"choices": [{"text": "a"}]}, {"choices": [{"text": "", "finish_reason": "length"}]}, usage(3, 1)]
    came = body([*said])
    found = DIALECTS["openai-completions"]().read(came)
    assert (chunks(found, came), found.output_tokens, found.ended) == ([(1, 1, CONTENT)], 1, True)


@pytest.mark.parametrize(("finish", "tokens"), [("length", 6), ("stop", 5)])
def test_a_whole_reply_is_one_chunk_of_all_tokens_but_the_end_token(finish: str, tokens: int) -> None:
    said = {"choices": [{"message": {"content": "a b"}, "finish_reason": finish}], "usage": {"completion_tokens": 6}}
    data = json.dumps(said).encode()
    came = Body.of([(7, data[:9]), (9, data[9:])])
    found = DIALECTS["openai-chat-whole"]().read(came)
    assert chunks(found, came) == [(9, tokens, CONTENT)]
    assert (found.output_tokens, found.finish_reason, found.ended) == (6, finish, True)
