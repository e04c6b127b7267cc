"""Bedrock's InvokeModelWithResponseStream: a model family's own form, in the chunks of an event stream.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html; the base URL is
the root of ``bedrock-runtime``. With the last chunk come Bedrock's counts and its own times, whatever the family is.
"""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, TypedDict

from pytest_fmbench.client.dialects.anthropic_messages import hear_event, messages_body, take_event
from pytest_fmbench.client.dialects.base import Call, Reply
from pytest_fmbench.client.dialects.bedrock_converse import conversation, model_path
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.converse_events import HEARS, NOTES
from pytest_fmbench.client.dialects.frames import read_frames
from pytest_fmbench.client.dialects.hearing import Heard, hear_frames
from pytest_fmbench.client.dialects.noting import count
from pytest_fmbench.client.dialects.openai import chat_messages, hear_choices, offered, take_of
from pytest_fmbench.client.dialects.openai_chat import kind_of_delta
from pytest_fmbench.client.dialects.prompts import encoded, may_end
from pytest_fmbench.client.dialects.usual import usual
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.session import Answer

_METRICS = "amazon-bedrock-invocationMetrics"
_METRICS_KEY = f'"{_METRICS}"'.encode()


class _Chunk(TypedDict, total=False):
    bytes: Any


_chunk, _any = usual(_Chunk), usual(dict[str, Any])


class Invoked(ABC):
    """``POST /model/ID/invoke-with-response-stream``, as one family of models takes it."""

    name: str

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``, an id or an ARN; its JSON carries ``fields`` too."""
        may_end(prompt, "Bedrock")
        path = model_path(model, "invoke-with-response-stream")
        return Call(path, encoded(self.asked(prompt), fields))

    def read(self, body: Body) -> Reply:
        """The reply in Amazon's event stream encoding."""
        return read_frames(body, {"chunk": self._take_chunk})

    @abstractmethod
    def asked(self, prompt: Prompt) -> dict[str, object]:
        """What is asked, in the family's terms.

        :raises UsageError: for what cannot be asked so.
        """
        raise NotImplementedError

    @abstractmethod
    def take(self, reply: Reply, piece: bytes, end: int) -> None:
        """Note a piece of the family's own stream; may raise as a ``Take`` does."""
        raise NotImplementedError

    def _take_chunk(self, reply: Reply, payload: bytes, end: int) -> bool:
        piece = base64.b64decode(_chunk(payload)["bytes"])
        self.take(reply, piece, end)
        if _METRICS_KEY in piece:
            _note_metrics(reply, _any(piece)[_METRICS])
        return False


class InvokedChat(Invoked):
    """A family that is told messages, and can call tools."""

    def answer(self, body: Body) -> Answer:
        """What it says."""
        return hear_frames(body, {"chunk": self._hear_chunk})

    @abstractmethod
    def hear(self, heard: Heard, said: dict[str, Any]) -> None:
        """What a piece of the family's own stream says; may raise as a ``Hear`` does."""
        raise NotImplementedError

    def _hear_chunk(self, heard: Heard, chunk: dict[str, Any]) -> None:
        self.hear(heard, _any(base64.b64decode(chunk["bytes"])))


class InvokedAnthropic(InvokedChat):
    """Anthropic's messages.

    https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
    """

    name = "bedrock-invoke-anthropic"

    def asked(self, prompt: Prompt) -> dict[str, object]:
        """As :class:`Invoked` says."""
        return {"anthropic_version": "bedrock-2023-05-31", **messages_body(prompt)}

    def take(self, reply: Reply, piece: bytes, end: int) -> None:
        """As :class:`Invoked` says."""
        take_event(reply, piece, end)

    def hear(self, heard: Heard, said: dict[str, Any]) -> None:
        """As :class:`InvokedChat` says."""
        hear_event(heard, said)


class InvokedOpenAI(InvokedChat):
    """OpenAI's chat: of gpt-oss, Qwen, DeepSeek, models that were imported and others; each a chunk of JSON.

    https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-openai.html
    """

    name = "bedrock-invoke-openai"

    def asked(self, prompt: Prompt) -> dict[str, object]:
        """As :class:`Invoked` says."""
        return {"messages": chat_messages(prompt), "max_tokens": prompt.max_tokens, **offered(prompt)}

    def take(self, reply: Reply, piece: bytes, end: int) -> None:
        """As :class:`Invoked` says."""
        _take_choices(reply, piece, end)

    def hear(self, heard: Heard, said: dict[str, Any]) -> None:
        """As :class:`InvokedChat` says."""
        hear_choices(heard, said)


class InvokedNova(InvokedChat):
    """Amazon's Nova: the events of Converse, each as an object of its name.

    https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html
    """

    name = "bedrock-invoke-nova"

    def asked(self, prompt: Prompt) -> dict[str, object]:
        """As :class:`Invoked` says."""
        return {"schemaVersion": "messages-v1", **conversation(prompt)}

    def take(self, reply: Reply, piece: bytes, end: int) -> None:
        """As :class:`Invoked` says."""
        for name, said in _any(piece).items():
            note = NOTES.get(name)
            if note:
                note(reply, said, end)

    def hear(self, heard: Heard, said: dict[str, Any]) -> None:
        """As :class:`InvokedChat` says."""
        for name, event in said.items():
            hear = HEARS.get(name)
            if hear:
                hear(heard, event)


_take_choices = take_of(kind_of_delta)


def _note_metrics(reply: Reply, metrics: dict[str, Any]) -> None:
    """Note Bedrock's own times, and its counts where the family gives none."""
    if reply.input_tokens is None:
        reply.input_tokens = count(metrics.get("inputTokenCount"))
    if reply.output_tokens is None:
        reply.output_tokens = count(metrics.get("outputTokenCount"))
    reply.server_timings = {**_noted(reply), **metrics}


def _noted(reply: Reply) -> dict[str, Any]:
    """What the family itself said there, such as tokens that were written to a cache."""
    return reply.server_timings if isinstance(reply.server_timings, dict) else {}
