"""What one request asks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Message:
    """One message of a chat; ``role`` is ``system``, ``user`` or ``assistant``.

    :param images: URLs of what is shown with it; mostly ``data:`` URLs, which hold the image.
    """

    role: str
    content: str
    images: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prompt:
    """One request's content.

    :param messages: the conversation so far.
    :param max_tokens: output tokens after which the server must stop.
    :param ignore_eos: go on to ``max_tokens`` even where the model would end.
    :param session_id: requests of one conversation share it; None is a conversation of its own.
    :param turn: position in the conversation, from 0.
    :param templated: its one message is the whole text, in the model's chat template already.
    """

    messages: tuple[Message, ...]
    max_tokens: int
    session_id: str | None = None
    turn: int = 0
    ignore_eos: bool = False
    templated: bool = False
