"""Hugging Face's wire form of generated text, as TGI made it and others took it over.

An event, or a line, is one token; the last one has the whole text and ``details`` too
(https://github.com/huggingface/text-generation-inference/blob/main/docs/openapi.json, ``StreamResponse``;
https://docs.djl.ai/master/docs/serving/serving/docs/lmi/user_guides/lmi_input_output_schema.html).

A special token, such as the one that ends a reply, is no content, but counts: TGI tells it by its ``index``.
"""

from __future__ import annotations

from typing import Any, TypedDict

from pytest_fmbench.client.dialects.base import Reply
from pytest_fmbench.client.dialects.noting import count, note_chunk, note_error, note_finish, tokens_in_one
from pytest_fmbench.client.dialects.usual import usual
from pytest_fmbench.model.record import ChunkKind

_EOS = "eos_token"
_BROKEN = "error"


class _Token(TypedDict, total=False):
    text: Any
    special: Any


class _Said(TypedDict, total=False):
    index: Any
    token: _Token | None
    outputs: Any
    generated_text: Any
    details: Any
    error: Any


_parsed = usual(_Said)


def take_token(reply: Reply, piece: bytes, end: int) -> bool:
    """Note what a piece of a stream says."""
    said = _parsed(piece)
    token, details, running = said.get("token") or {}, said.get("details"), count(said.get("index"))
    if token.get("text") and not token.get("special"):
        note_chunk(reply, end, ChunkKind.CONTENT, running)
    elif running is not None and details:
        reply.running_tokens = running
    if any(isinstance(one, str) and one for one in said.get("outputs") or ()):  # of DJL's dynamic batches
        note_chunk(reply, end, ChunkKind.CONTENT)
        reply.ended = True  # nothing tells their end
    _note_end(reply, said)
    return False


def take_whole(reply: Reply, document: bytes, end: int) -> bool:
    """Note what a document says that is a whole reply, or a list of one."""
    said: Any = _parsed(document)
    if isinstance(said, list):
        (said,) = said
    _note_end(reply, said)
    if said.get("generated_text"):
        reply.running_tokens = None
        reply.chunks.add(end, tokens_in_one(reply), ChunkKind.CONTENT)
    return False


def _note_end(reply: Reply, said: dict[str, Any]) -> None:
    note_error(reply, said.get("error"))
    reply.ended = reply.ended or said.get("generated_text") is not None
    details = said.get("details")
    if not details:
        return
    reason = details.get("finish_reason")
    note_finish(reply, reason)
    note_error(reply, reason == _BROKEN and (details.get("error") or "finish reason 'error'"))
    reply.end_token = reason == _EOS
    reply.output_tokens, reply.input_tokens = count(details.get("generated_tokens")), count(details.get("input_length"))
