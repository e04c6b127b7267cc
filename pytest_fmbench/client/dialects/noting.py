"""What is noted of a reply, as far as it can be believed: chunks, counts, reasons, errors."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fmbench.client.dialects.base import Reply
from pytest_fmbench.model.record import ChunkKind

_MOST_TOKENS = 2**31
"""A larger count is a mistake, and might not fit where counts are kept."""

_REASON_KEPT = 100
"""Characters of a finish reason; the longest that any server is known to give has 17."""


def note_chunk(reply: Reply, end: int, kind: ChunkKind, running: int | None = None) -> None:
    """Note a content chunk that so many bytes completed.

    :param running: output tokens so far, as the server counts them: what is new in it, the chunk holds. None if it does
        not say, then the chunk is one token.
    """
    before, reply.running_tokens = reply.running_tokens, running
    reply.chunks.add(end, 1 if running is None or before is None else max(1, running - before), kind)


def note_items(reply: Reply, end: int, items: int) -> None:
    """Note what a whole reply brought that is no text, and how many: one chunk of no token, if there is any."""
    reply.items = items
    if items:
        reply.chunks.add(end, 0, ChunkKind.CONTENT)


def note_finish(reply: Reply, reason: object) -> None:
    """Note why the server ended the reply, in its own word; nothing where it gives none."""
    if reason:
        reply.finish_reason, reply.ended = str(reason)[:_REASON_KEPT], True


def note_error(reply: Reply, error: object) -> None:
    """Note an error that the server reports inside the body, whatever form it has; nothing where there is none."""
    if error:
        reply.error = str(error.get("message") or error) if isinstance(error, dict) else str(error)


def count(value: object) -> int | None:
    """A count of tokens; None where it is none."""
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None  # a bool is none


def total(counts: Mapping[str, object], *names: str) -> int | None:
    """The sum of some counts; None where none of them is given."""
    found = [one for one in (count(counts.get(name)) for name in names) if one is not None]
    return sum(found) if found else None


def tokens_in_one(reply: Reply) -> int:
    """All tokens of a reply that came in one chunk, but for the end token, which no chunk carries."""
    return max(1, (reply.output_tokens or 1) - reply.end_token)


def is_throttling(name: str) -> bool:
    """Whether an error of AWS says by its name that requests came too fast, such as ``ThrottlingException``."""
    return any(word in name.lower() for word in ("throttl", "toomanyrequests", "requestlimitexceeded"))
