"""OpenAI completions of plain text (https://platform.openai.com/docs/api-reference/completions), streamed or whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_fmbench.client.dialects.base import Call, Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.hearing import hear_document, hear_events
from pytest_fmbench.client.dialects.openai import body_of, hear_choices, read_stream, read_whole
from pytest_fmbench.client.dialects.prompts import text_of
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.record import ChunkKind
from pytest_fmbench.model.session import Answer


class OpenAICompletions:
    """``POST /completions`` with ``stream`` and ``include_usage``; no chat template is applied."""

    name = "openai-completions"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too."""
        text = text_of(prompt, "completions")
        asked = {"prompt": text, "stream": True, "stream_options": {"include_usage": True}}
        return Call("/completions", body_of(prompt, model, fields, **asked))

    def read(self, body: Body) -> Reply:
        """The reply in an event stream."""
        return read_stream(body, _kind)

    def answer(self, body: Body) -> Answer:
        """What it says."""
        return hear_events(body, hear_choices)


class OpenAICompletionsWhole:
    """``POST /completions`` without ``stream``: the reply comes in one piece, so ttft is e2e."""

    name = "openai-completions-whole"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too."""
        text = text_of(prompt, "completions")
        return Call("/completions", body_of(prompt, model, fields, prompt=text, stream=False))

    def read(self, body: Body) -> Reply:
        """The reply in one JSON document."""
        return read_whole(body, _kind)

    def answer(self, body: Body) -> Answer:
        """What it says."""
        return hear_document(body, hear_choices)


def _kind(choice: dict[str, Any]) -> ChunkKind | None:
    return ChunkKind.CONTENT if choice.get("text") else None
