"""What was said, tool calls and all, as each dialect's documents write it."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import pytest

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.client.dialects.base import Conversing
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.model.prompt import ToolCall
from pytest_fmbench.model.session import Answer
from pytest_fmbench.testing.shapes.event_stream import event
from tests.support.dialects import HERE, SPOKEN
from tests.support.dialects.base import Piece, compact, line, named, sse, whole

LOOK = ToolCall("call_1", "look", '{"at": "sky"}')
ASK = ToolCall("call_2", "ask", '{"whom": 7}')


def answer(name: str, pieces: Sequence[Piece] | bytes) -> Answer:
    dialect = DIALECTS[name]()
    assert isinstance(dialect, Conversing)
    data = pieces if isinstance(pieces, bytes) else b"".join(piece.data for piece in pieces)
    return dialect.answer(Body.of([(0, data)]))


def delta(finish: str | None = None, **held: Any) -> Piece:
    return sse({"choices": [{"index": 0, "delta": held, "finish_reason": finish}]})


def piece(index: int | None = None, call_id: str | None = None, **function: Any) -> Piece:
    place = {} if index is None else {"index": index}
    return delta(tool_calls=[{**place, **({"id": call_id} if call_id else {}), "function": function}])


def block(index: int, **held: Any) -> Piece:
    return named({"type": "content_block_start", "index": index, "content_block": held})


def block_delta(index: int, **held: Any) -> Piece:
    return named({"type": "content_block_delta", "index": index, "delta": held})


def converse(name: str, **said: Any) -> Piece:
    return Piece(event(name, compact(said)))


def chunked(piece: Piece) -> Piece:
    """The same as Bedrock hands it on where a model is invoked."""
    said = piece.data.partition(b"data: ")[2].strip()
    return converse("chunk", bytes=b64encode(said).decode())


def function(call: ToolCall, **more: Any) -> dict[str, Any]:
    wanted = {"name": call.name, "arguments": json.loads(call.arguments)}
    return {"id": call.call_id, "function": wanted, **more}


SAID = {
    "openai-chat": [
        delta(role="assistant", content=""),
        delta(reasoning_content="Hm"),
        delta(reasoning="m."),
        delta(content="I "),
        delta(content="look."),
        piece(0, "call_1", name="look", arguments=""),
        piece(0, arguments='{"at": '),
        piece(1, "call_2", name="ask", arguments='{"whom"'),
        piece(0, arguments='"sky"}'),  # they may come by turns
        piece(1, arguments=": 7}"),
        delta("tool_calls"),
        sse(b"[DONE]"),
    ],
    "openai-chat-whole": whole(
        {
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "tool_calls",
                    "message": {
                        "content": "I look.",
                        "reasoning_content": "Hmm.",
                        "tool_calls": [
                            {"id": one.call_id, "function": {"name": one.name, "arguments": one.arguments}}
                            for one in (LOOK, ASK)
                        ],
                    },
                }
            ]
        }
    ),
    "openai-responses": [
        named({"type": "response.reasoning_text.delta", "delta": "Hmm."}),
        named({"type": "response.output_text.delta", "delta": "I look."}),
        named(
            {
                "type": "response.output_item.added",
                "output_index": 1,
                "item": {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "look", "arguments": ""},
            }
        ),
        named({"type": "response.function_call_arguments.delta", "item_id": "fc_1", "delta": LOOK.arguments}),
        named({"type": "response.function_call_arguments.done", "item_id": "fc_1", "arguments": LOOK.arguments}),
        named(
            {
                "type": "response.output_item.added",
                "output_index": 2,
                "item": {"type": "function_call", "call_id": "call_2", "name": "ask", "arguments": ""},
            }
        ),
        named({"type": "response.function_call_arguments.delta", "item_id": "fc_2", "delta": '{"whom"'}),
        named({"type": "response.function_call_arguments.delta", "item_id": "fc_2", "delta": ": 7}"}),
        named({"type": "response.completed", "response": {"status": "tool_calls"}}),
    ],
    "anthropic-messages": [
        named({"type": "message_start", "message": {"usage": {"input_tokens": 3}}}),
        block(0, type="thinking", thinking=""),
        block_delta(0, type="thinking_delta", thinking="Hmm."),
        block_delta(0, type="signature_delta", signature="abc"),
        block(1, type="text", text=""),
        block_delta(1, type="text_delta", text="I look."),
        block(2, type="server_tool_use", id="srv_1", name="web_search", input={}),
        block(3, type="tool_use", id="call_1", name="look", input={}),
        block_delta(3, type="input_json_delta", partial_json=""),
        block_delta(3, type="input_json_delta", partial_json='{"at": '),
        block_delta(3, type="input_json_delta", partial_json='"sky"}'),
        block(4, type="tool_use", id="call_2", name="ask", input={}),
        block_delta(4, type="input_json_delta", partial_json=ASK.arguments),
        named({"type": "message_delta", "delta": {"stop_reason": "tool_calls"}}),
    ],
    "ollama-chat": [
        line({"message": {"role": "assistant", "content": "", "thinking": "Hmm."}, "done": False}),
        line({"message": {"role": "assistant", "content": "I look.", "tool_calls": [function(LOOK)]}, "done": False}),
        line({"message": {"role": "assistant", "content": "", "tool_calls": [function(ASK)]}, "done": False}),
        line({"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "tool_calls"}),
    ],
    "bedrock-converse": [
        converse("messageStart", role="assistant"),
        converse("contentBlockDelta", contentBlockIndex=0, delta={"reasoningContent": {"text": "Hmm."}}),
        converse("contentBlockDelta", contentBlockIndex=1, delta={"text": "I look."}),
        converse("contentBlockStart", contentBlockIndex=2, start={"toolUse": {"toolUseId": "call_1", "name": "look"}}),
        converse("contentBlockDelta", contentBlockIndex=2, delta={"toolUse": {"input": '{"at": '}}),
        converse("contentBlockDelta", contentBlockIndex=2, delta={"toolUse": {"input": '"sky"}'}}),
        converse("contentBlockStart", contentBlockIndex=3, start={"toolUse": {"toolUseId": "call_2", "name": "ask"}}),
        converse("contentBlockDelta", contentBlockIndex=3, delta={"toolUse": {"input": ASK.arguments}}),
        converse("messageStop", stopReason="tool_calls"),
    ],
    "bedrock-converse-whole": whole(
        {
            "stopReason": "tool_calls",
            "output": {
                "message": {
                    "content": [
                        {"reasoningContent": {"reasoningText": {"text": "Hmm."}}},
                        {"text": "I look."},
                        *(
                            {
                                "toolUse": {
                                    "toolUseId": one.call_id,
                                    "name": one.name,
                                    "input": json.loads(one.arguments),
                                }
                            }
                            for one in (LOOK, ASK)
                        ),
                    ]
                }
            },
        }
    ),
}

SAID |= {
    "sagemaker-messages": [
        Piece(event("PayloadPart", part)) for one in SAID["openai-chat"] for part in (one.data[:9], one.data[9:])
    ],
    "sagemaker-messages-whole": SAID["openai-chat-whole"],
    "bedrock-invoke-openai": [chunked(one) for one in SAID["openai-chat"][:-1]],
    "bedrock-invoke-anthropic": [chunked(one) for one in SAID["anthropic-messages"]],
}


@pytest.mark.parametrize("name", SAID)
def test_what_was_said(name: str) -> None:
    assert answer(name, SAID[name]) == Answer("I look.", "Hmm.", (LOOK, ASK), "tool_calls")


@pytest.mark.parametrize("name", SAID)
def test_a_reply_that_breaks_off_says_what_came(name: str) -> None:
    pieces = b"".join(one.data for one in SAID[name])
    heard = [answer(name, pieces[:cut]) for cut in range(0, len(pieces), 7)]
    assert all("I look.".startswith(one.text) for one in heard)
    assert all(len(one.tool_calls) <= 2 for one in heard)


@pytest.mark.parametrize("name", [name for name in HERE if isinstance(DIALECTS[name](), Conversing)])
def test_every_documented_reply_says_something(name: str) -> None:
    for shown, said in SPOKEN[name].replies.items():
        found = answer(name, said.pieces)
        assert found.text or found.reasoning or found.tool_calls, shown
        assert found.finish_reason == said.finish_reason, shown


def test_who_can_tell_what_was_said() -> None:
    told = {name for name in HERE if isinstance(DIALECTS[name](), Conversing)}
    assert told >= {*SAID, "openai-completions", "openai-completions-whole", "ollama-generate"}


@pytest.mark.parametrize(
    ("pieces", "calls"),
    [
        ([piece(0, "a", name="x", arguments="{}"), piece(0, "b", name="y", arguments="{}")], ["a x {}", "b y {}"]),
        ([piece(None, "a", name="x", arguments="{"), piece(None, arguments="}")], ["a x {}"]),
        (
            [piece(None, name="x", arguments="{}"), piece(None, name="y", arguments="{}")],
            ["call_0 x {}", "call_1 y {}"],
        ),
        ([piece(0, "a", name="x"), piece(0, "a", name="x", arguments="{}")], ["a x {}"]),
        ([piece(0, arguments="{}")], ["call_0  {}"]),
        ([piece(0, "a", name="x", arguments={"n": 1})], ['a x {"n": 1}']),
        ([piece(5, "a", name="x", arguments="{}"), piece(2, "b", name="y", arguments="")], ["a x {}", "b y "]),
        ([piece(0, "a", name="x", arguments='{"n": ')], ['a x {"n": ']),
        ([delta(tool_calls="none"), delta(tool_calls=[7, None]), delta(tool_calls=[{}])], ["call_0  "]),
        ([piece(0, "a", name=["x"], arguments="{}")], ["a  {}"]),
        ([sse(b'{"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "a", ')], []),
    ],
)
def test_calls_as_odd_servers_write_them(pieces: list[Piece], calls: list[str]) -> None:
    found = answer("openai-chat", pieces).tool_calls
    assert [f"{one.call_id} {one.name} {one.arguments}" for one in found] == calls


def test_content_may_be_a_list_of_parts() -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}, {"type": "text", "text": "Hi"}, 3]
    assert answer("openai-chat", [delta(content=parts), delta(content=None)]) == Answer("Hi", "Hm")


def test_only_the_first_choice_counts() -> None:
    said = {"choices": [{"index": 0, "delta": {"content": "a"}}, {"index": 1, "delta": {"content": "b"}}]}
    assert answer("openai-chat", [sse(said)]).text == "a"


def test_half_a_surrogate_pair_can_be_said_again() -> None:
    found = answer("openai-chat", [sse(rb'{"choices": [{"delta": {"content": "a\ud83d"}}]}')])
    assert found.text.encode() == b"a?"


def test_a_huge_body_takes_no_time() -> None:
    calls = [piece(0, "a", name="x"), *([piece(0, arguments="x" * 100)] * 20_000)]
    assert len(answer("openai-chat", calls).tool_calls[0].arguments) == 2_000_000
