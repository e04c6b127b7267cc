"""How a conversation with tools is asked in each dialect's terms."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.client.dialects.calling import call_of
from pytest_fmbench.client.dialects.prompts import TAKING_TOOLS
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.prompt import Message, Prompt, Tool, ToolCall
from tests.support.dialects import HERE

SCHEMA = {"type": "object", "properties": {"at": {"type": "string"}}}
PROMPT = Prompt(
    (
        Message("system", "Be brief."),
        Message("user", "What is up?"),
        Message("assistant", "", tool_calls=(ToolCall("c1", "look", '{"at": "sky"}'), ToolCall("c2", "look", "{}"))),
        Message("tool", "blue", answers="c1"),
        Message("tool", "grey", answers="c2"),
        Message("assistant", "Again.", tool_calls=(ToolCall("c3", "look", '{"at": "sea"}'),)),
        Message("tool", "wet", answers="c3"),
    ),
    max_tokens=9,
    tools=(Tool("look", "Looks.", SCHEMA),),
)
FUNCTION = {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": SCHEMA}}


def wanted(call_id: str, arguments: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": "look", "arguments": arguments}}


def meant(index: int, **arguments: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"index": index, "name": "look", "arguments": arguments}}


def use(call_id: str, **arguments: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": "look", "input": arguments}


def result(call_id: str, text: str) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": call_id, "content": text}


def tool_use(call_id: str, **arguments: Any) -> dict[str, Any]:
    return {"toolUse": {"toolUseId": call_id, "name": "look", "input": arguments}}


def tool_result(call_id: str, text: str) -> dict[str, Any]:
    return {"toolResult": {"toolUseId": call_id, "content": [{"text": text}]}}


OPENAI = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is up?"},
        {"role": "assistant", "content": None, "tool_calls": [wanted("c1", '{"at": "sky"}'), wanted("c2", "{}")]},
        {"role": "tool", "tool_call_id": "c1", "content": "blue"},
        {"role": "tool", "tool_call_id": "c2", "content": "grey"},
        {"role": "assistant", "content": "Again.", "tool_calls": [wanted("c3", '{"at": "sea"}')]},
        {"role": "tool", "tool_call_id": "c3", "content": "wet"},
    ],
    "tools": [FUNCTION],
}
ANTHROPIC = {
    "system": "Be brief.",
    "messages": [
        {"role": "user", "content": "What is up?"},
        {"role": "assistant", "content": [use("c1", at="sky"), use("c2")]},
        {"role": "user", "content": [result("c1", "blue"), result("c2", "grey")]},
        {"role": "assistant", "content": [{"type": "text", "text": "Again."}, use("c3", at="sea")]},
        {"role": "user", "content": [result("c3", "wet")]},
    ],
    "tools": [{"name": "look", "description": "Looks.", "input_schema": SCHEMA}],
}
CONVERSE = {
    "system": [{"text": "Be brief."}],
    "messages": [
        {"role": "user", "content": [{"text": "What is up?"}]},
        {"role": "assistant", "content": [tool_use("c1", at="sky"), tool_use("c2")]},
        {"role": "user", "content": [tool_result("c1", "blue"), tool_result("c2", "grey")]},
        {"role": "assistant", "content": [{"text": "Again."}, tool_use("c3", at="sea")]},
        {"role": "user", "content": [tool_result("c3", "wet")]},
    ],
    "toolConfig": {"tools": [{"toolSpec": {"name": "look", "description": "Looks.", "inputSchema": {"json": SCHEMA}}}]},
}
ASKED: dict[str, dict[str, Any]] = {
    "openai-chat": OPENAI,
    "openai-chat-whole": OPENAI,
    "openai-responses": {
        "input": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "What is up?"},
            {"type": "function_call", "call_id": "c1", "name": "look", "arguments": '{"at": "sky"}'},
            {"type": "function_call", "call_id": "c2", "name": "look", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "blue"},
            {"type": "function_call_output", "call_id": "c2", "output": "grey"},
            {"role": "assistant", "content": "Again."},
            {"type": "function_call", "call_id": "c3", "name": "look", "arguments": '{"at": "sea"}'},
            {"type": "function_call_output", "call_id": "c3", "output": "wet"},
        ],
        "tools": [{"type": "function", "name": "look", "description": "Looks.", "parameters": SCHEMA}],
    },
    "anthropic-messages": ANTHROPIC,
    "ollama-chat": {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "What is up?"},
            {"role": "assistant", "content": "", "tool_calls": [meant(0, at="sky"), meant(1)]},
            {"role": "tool", "content": "blue", "tool_name": "look"},
            {"role": "tool", "content": "grey", "tool_name": "look"},
            {"role": "assistant", "content": "Again.", "tool_calls": [meant(0, at="sea")]},
            {"role": "tool", "content": "wet", "tool_name": "look"},
        ],
        "tools": [FUNCTION],
    },
    "bedrock-converse": CONVERSE,
    "bedrock-converse-whole": CONVERSE,
    "bedrock-invoke-nova": CONVERSE,
    "bedrock-invoke-openai": OPENAI,
    "bedrock-invoke-anthropic": ANTHROPIC,
    "sagemaker-messages": OPENAI,
    "sagemaker-messages-whole": OPENAI,
}


def asked(name: str, prompt: Prompt, **fields: object) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(DIALECTS[name]().call(prompt, "m", fields).body)
    return body


def test_these_take_tools() -> None:
    assert ASKED.keys() == {*TAKING_TOOLS}


@pytest.mark.parametrize("name", ASKED)
def test_how_it_is_asked(name: str) -> None:
    body = asked(name, PROMPT)
    assert {part: body[part] for part in ASKED[name]} == ASKED[name]


@pytest.mark.parametrize("name", ASKED)
def test_no_tools_are_not_spoken_of(name: str) -> None:
    body = asked(name, Prompt(PROMPT.messages[:2], max_tokens=9))
    assert not {"tools", "toolConfig"} & body.keys()


@pytest.mark.parametrize("name", ASKED)
def test_a_prompt_has_fields_of_its_own_and_may_ask_another_model(name: str) -> None:
    dialect = DIALECTS[name]()
    endpoint = Endpoint("http://x", "m", name, request_fields={"seed": 3, "top_p": 0.5})
    call = call_of(dialect, replace(PROMPT, fields={"seed": 1, "n": 2}, model="adapter"), endpoint)
    body = json.loads(call.body)
    assert (body["seed"], body["n"], body["top_p"]) == (1, 2, 0.5)
    if not name.startswith("sagemaker"):  # whose endpoint is named by the address
        assert "adapter" in (body.get("model"), *call.path.split("/"))


OTHERS = {*HERE} - {*TAKING_TOOLS, "json"}
"""Without that which asks whole bodies, whatever they hold."""


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_the_others_refuse_them(name: str) -> None:
    for prompt in (PROMPT, replace(PROMPT, tools=()), Prompt(PROMPT.messages[:2], 9, tools=PROMPT.tools)):
        with pytest.raises(UsageError, match="carry no tools: ask with one of openai-chat, "):
            asked(name, prompt)
