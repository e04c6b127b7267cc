"""Families of models on Bedrock that continue a text, in which the chat template stands already."""

from __future__ import annotations

from typing import Any, TypedDict

from pytest_fmbench.client.dialects.base import Reply
from pytest_fmbench.client.dialects.bedrock_invoke import Invoked
from pytest_fmbench.client.dialects.noting import count, note_chunk, note_finish
from pytest_fmbench.client.dialects.prompts import text_of
from pytest_fmbench.client.dialects.usual import usual
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.record import ChunkKind


class _Said(TypedDict, total=False):
    generation: Any
    generation_token_count: Any
    prompt_token_count: Any
    stop_reason: Any
    outputs: Any
    outputText: Any
    completionReason: Any
    totalOutputTextTokenCount: Any
    inputTextTokenCount: Any


_parsed = usual(_Said)


class InvokedLlama(Invoked):
    """Meta's Llama, which keeps a running count of tokens.

    https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-meta.html
    """

    name = "bedrock-invoke-llama"

    def asked(self, prompt: Prompt) -> dict[str, object]:
        """As :class:`Invoked` says."""
        return {"prompt": text_of(prompt, "prompts of Llama"), "max_gen_len": prompt.max_tokens}

    def take(self, reply: Reply, piece: bytes, end: int) -> None:
        """As :class:`Invoked` says."""
        said = _parsed(piece)
        running = count(said.get("generation_token_count"))
        if said.get("generation"):
            note_chunk(reply, end, ChunkKind.CONTENT, running)
        elif running is not None and said.get("stop_reason"):
            reply.running_tokens = running
        _note_counts(reply, said.get("prompt_token_count"), running)
        note_finish(reply, said.get("stop_reason"))


class InvokedMistral(Invoked):
    """Mistral's first models; the later ones take a chat, as OpenAI's do.

    https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-mistral-text-completion.html
    """

    name = "bedrock-invoke-mistral"

    def asked(self, prompt: Prompt) -> dict[str, object]:
        """As :class:`Invoked` says."""
        return {"prompt": text_of(prompt, "prompts of Mistral"), "max_tokens": prompt.max_tokens}

    def take(self, reply: Reply, piece: bytes, end: int) -> None:
        """As :class:`Invoked` says."""
        for output in _parsed(piece).get("outputs") or ():
            if output.get("text"):
                note_chunk(reply, end, ChunkKind.CONTENT)
            note_finish(reply, output.get("stop_reason"))
            reply.end_token = reply.finish_reason == "stop"


class InvokedTitan(Invoked):
    """Amazon's Titan.

    https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-text.html
    """

    name = "bedrock-invoke-titan"

    def asked(self, prompt: Prompt) -> dict[str, object]:
        """As :class:`Invoked` says."""
        text = text_of(prompt, "prompts of Titan")
        return {"inputText": text, "textGenerationConfig": {"maxTokenCount": prompt.max_tokens}}

    def take(self, reply: Reply, piece: bytes, end: int) -> None:
        """As :class:`Invoked` says."""
        said = _parsed(piece)
        if said.get("outputText"):
            note_chunk(reply, end, ChunkKind.CONTENT)
        _note_counts(reply, said.get("inputTextTokenCount"), said.get("totalOutputTextTokenCount"))
        note_finish(reply, said.get("completionReason"))
        reply.end_token = reply.finish_reason == "FINISH"


def _note_counts(reply: Reply, asked: object, made: object) -> None:
    """Note the counts of tokens that a piece gives."""
    asked_tokens, made_tokens = count(asked), count(made)
    reply.input_tokens = reply.input_tokens if asked_tokens is None else asked_tokens
    reply.output_tokens = reply.output_tokens if made_tokens is None else made_tokens
