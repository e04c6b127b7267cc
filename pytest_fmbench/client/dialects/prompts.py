"""A prompt in the terms of wire forms; what a form cannot carry is refused before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping

import msgspec

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Message, Prompt, ToolCall

TAKING_TOOLS = (
    "openai-chat",
    "openai-chat-whole",
    "openai-responses",
    "anthropic-messages",
    "ollama-chat",
    "bedrock-converse",
    "bedrock-converse-whole",
    "bedrock-invoke-anthropic",
    "bedrock-invoke-openai",
    "bedrock-invoke-nova",
    "sagemaker-messages",
    "sagemaker-messages-whole",
)
"""Dialects that a prompt with tools can be asked in, and whose answers can be read."""


def messages_of(prompt: Prompt) -> tuple[Message, ...]:
    """The messages of a chat.

    :raises UsageError: when they are in a chat template already.
    """
    if prompt.templated:
        raise UsageError(
            "prompts with a chat_template are whole texts, and a server would put its own around them: ask them with "
            'the dialect openai-completions, as in Deployment(..., options={"dialect": "openai-completions"})'
        )
    return prompt.messages


def text_of(prompt: Prompt, what: str) -> str:
    """The messages, one after the other.

    :param what: what is asked so, for the error.
    :raises UsageError: when there are images or tools.
    """
    if prompt.tools or any(message.tool_calls or message.answers for message in prompt.messages):
        raise UsageError(f"{what} are of text and carry no tools: ask with one of {', '.join(TAKING_TOOLS)}")
    if any(message.images for message in prompt.messages):
        raise UsageError(f"{what} are of text and carry no images: ask with the dialect openai-chat")
    return "\n\n".join(message.content for message in prompt.messages)


def together(one: Mapping[str, object], other: Mapping[str, object]) -> Mapping[str, object]:
    """Fields of both; ``other`` wins, and objects of both are merged."""
    if not one or not other:
        return one or other
    found = dict(one)
    for name, value in other.items():
        before = one.get(name)
        found[name] = {**before, **value} if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return found


def arguments_of(call: ToolCall) -> dict[str, object]:
    """A call's arguments as the object that some forms want; empty where a model wrote none that can be sent."""
    try:
        found = json.loads(call.arguments)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair cannot
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def may_end(prompt: Prompt, what: str) -> None:
    """Say that a reply may end before its length.

    :param what: who knows no other way, for the error.
    :raises UsageError: when it must not.
    """
    if prompt.ignore_eos:
        raise UsageError(
            f"{what} cannot be asked to go on behind the model's end token, so output lengths cannot be fixed; use a "
            "workload that lets replies end, such as chat()"
        )


def encoded(asked: Mapping[str, object], fields: Mapping[str, object]) -> bytes:
    """A request's JSON. ``fields`` win over what is ``asked``; objects of both are merged."""
    return msgspec.json.encode(dict(together(asked, fields)))


def base64_of(url: str) -> tuple[str, str] | None:
    """The media type and the base64 of a ``data:`` URL that has both; None of any other."""
    head, comma, data = url.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        return None
    return head.removeprefix("data:").removesuffix(";base64"), data
