"""What one request asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Wanted(str, Enum):
    """What a request is to give back, which only some dialects ask for."""

    TEXT = "text"
    """Of a language model; what it thinks aloud, and calls of tools, too."""
    IMAGES = "images"
    """One or more, after what the messages say."""
    EMBEDDINGS = "embeddings"
    """A vector of each document; of the messages, where there is none."""
    RANKING = "a ranking"
    """A score of each document, for the question that the messages are."""
    JSON = "JSON"
    """Whatever an endpoint gives for the JSON that :attr:`Prompt.fields` are."""


@dataclass(frozen=True)
class ToolCall:
    """What a model wants done.

    :param call_id: the server's name for it, which the tool's result refers to.
    :param name: of the tool, as the model wrote it.
    :param arguments: JSON, as the model wrote it, which may be broken.
    """

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Tool:
    """A tool that a model is offered.

    :param parameters: JSON schema of its arguments.
    """

    name: str
    description: str
    parameters: Mapping[str, object]


@dataclass(frozen=True)
class Message:
    """One message of a chat; ``role`` is ``system``, ``user``, ``assistant`` or ``tool``.

    :param images: URLs of what is shown with it; mostly ``data:`` URLs, which hold the image.
    :param tool_calls: what an assistant's message wants done.
    :param answers: the :attr:`ToolCall.call_id` that a tool's message is the result of.
    """

    role: str
    content: str
    images: tuple[str, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    answers: str | None = None


@dataclass(frozen=True)
class Prompt:
    """One request's content.

    :param messages: the conversation so far.
    :param max_tokens: output tokens after which the server must stop.
    :param ignore_eos: go on to ``max_tokens`` even where the model would end.
    :param session_id: requests of one conversation share it; None is a conversation of its own.
    :param turn: position in the conversation, from 0.
    :param templated: its one message is the whole text, in the model's chat template already.
    :param tools: that the model may call.
    :param model: which is asked, as one of several adapters that a server has; None is the deployment's.
    :param fields: of the request's JSON beside what its dialect writes, such as ``response_format``.
    :param documents: texts that the request is about, beside what the messages say.
    :param wanted: what it is to give back.
    :param group: which part of a mix it is, such as an adapter, whose figures are told apart; None where all are alike.
    """

    messages: tuple[Message, ...]
    max_tokens: int
    session_id: str | None = None
    turn: int = 0
    ignore_eos: bool = False
    templated: bool = False
    tools: tuple[Tool, ...] = ()
    model: str | None = None
    fields: Mapping[str, object] = field(default_factory=dict, hash=False)
    documents: tuple[str, ...] = ()
    wanted: Wanted = Wanted.TEXT
    group: str | None = None
