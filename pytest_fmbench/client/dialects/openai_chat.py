"""OpenAI chat completions, streamed (https://platform.openai.com/docs/api-reference/chat-streaming) or whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_fmbench.client.dialects.base import Call, Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.hearing import hear_document, hear_events
from pytest_fmbench.client.dialects.openai import (
    body_of,
    chat_messages,
    hear_choices,
    kind_of_message,
    read_stream,
    read_whole,
)
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.record import ChunkKind
from pytest_fmbench.model.session import Answer


class OpenAIChat:
    """``POST /chat/completions`` with ``stream`` and ``include_usage``."""

    name = "openai-chat"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too."""
        asked = {"messages": chat_messages(prompt), "stream": True, "stream_options": {"include_usage": True}}
        return Call("/chat/completions", body_of(prompt, model, fields, **asked))

    def read(self, body: Body) -> Reply:
        """The reply in an event stream."""
        return read_stream(body, kind_of_delta)

    def answer(self, body: Body) -> Answer:
        """What it says; tool calls come in pieces."""
        return hear_events(body, hear_choices)


class OpenAIChatWhole:
    """``POST /chat/completions`` without ``stream``: the reply comes in one piece, so ttft is e2e."""

    name = "openai-chat-whole"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too."""
        return Call("/chat/completions", body_of(prompt, model, fields, messages=chat_messages(prompt), stream=False))

    def read(self, body: Body) -> Reply:
        """The reply in one JSON document."""
        return read_whole(body, _kind_of_whole)

    def answer(self, body: Body) -> Answer:
        """What it says."""
        return hear_document(body, hear_choices)


def kind_of_delta(choice: dict[str, Any]) -> ChunkKind | None:
    """What a choice of a streamed chat holds."""
    return kind_of_message(choice.get("delta") or {})


def _kind_of_whole(choice: dict[str, Any]) -> ChunkKind | None:
    return kind_of_message(choice.get("message") or {})
