"""Events that are alike but for one string: nearly all of a streamed reply, so none of them is parsed.

All content events of a reply have the same id, time and model, and only their text differs. What one of them says in
full, the next ones say too, if they have the same bytes before and after that text and if it is a string as well.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np

from pytest_fmbench.client.sse import EventReader, end_of

_KEY = re.compile(rb'"(?:content|text|reasoning_content|reasoning|delta|thinking|partial_json|text_output)": ?"')
"""What stands before a text. A quote inside a JSON string is escaped, so this is a name and the begin of its value."""

_ESCAPE = re.compile(rb'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})')
_TEXT = re.compile(rb'(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))+(?=")')
"""A JSON string that is not empty, up to the quote that ends it."""

_LITERALS = bytes(byte for byte in range(0x20, 0x100) if byte not in b'"\\')
_AT_ONCE = 64
_USUAL_TEXT = 8
_CUT = 20


class _Around(NamedTuple):
    """What stands before and after a text, with what separates its event from the next."""

    before: bytes
    after: bytes


def take_alike(events: EventReader) -> Sequence[int]:
    """Take the events that come next and differ in a text only from the one that ``events`` gave last.

    That one says nothing but its content. Time is linear, whatever the events are.

    :return: the end of each, as :attr:`~pytest_fmbench.client.sse.Event.end` has it.
    """
    around, ends = _around_text(events), array("q")
    if around and _take_one(events, around, ends):
        while _take_many(events, around, ends):
            pass
        while _take_one(events, around, ends):
            pass
    return ends


def _around_text(events: EventReader) -> _Around | None:
    stream, begin, end = events.stream, events.began, events.at
    key = _KEY.search(stream, begin, end) if events.separator else None
    text = _TEXT.match(stream, key.end(), end) if key else None
    return _Around(stream[begin : key.end()], stream[text.end() : end]) if key and text else None


def _take_one(events: EventReader, around: _Around, ends: array[int]) -> bool:
    """Take the next event if it is alike."""
    before, after = around
    text = events.stream.startswith(before, events.at) and _TEXT.match(events.stream, events.at + len(before))
    if not text or not events.stream.startswith(after, text.end()) or not _is_utf8(text.group()):
        return False
    events.at = text.end() + len(after)
    ends.append(end_of(events.separator, events.at))
    return True


def _take_many(events: EventReader, around: _Around, ends: array[int]) -> bool:
    """Take some dozens of the next events, if all of them are alike."""
    (before, after), stream, length = around, events.stream, len(around.before) + len(around.after)
    if not stream.startswith(before, events.at):
        return False
    begin = events.at + len(before)
    stop = stream.rfind(after, begin, begin + _AT_ONCE * (length + _USUAL_TEXT))
    if stop < 0:
        return False
    # cut at the last bytes before each text, because a search for many bytes is a slow one
    cut = before[-_CUT:]
    texts = [*map(bytes.removesuffix, stream[begin:stop].split(cut), repeat(after + before[: -len(cut)]))]
    found = (np.fromiter(map(len, texts), np.int64, len(texts)) + length).cumsum() + events.at
    if found[-1] != stop + len(after) or not _are_texts(texts):
        return False
    ends.frombytes((found - (events.at - end_of(events.separator, events.at))).tobytes())
    events.at = stop + len(after)
    return True


def _are_texts(texts: list[bytes]) -> bool:
    """All of them are JSON strings without their quotes, and none is empty."""
    plain = _ESCAPE.sub(b"-", b"\n".join(texts))
    breaks = plain.translate(None, _LITERALS)
    return len(breaks) == len(texts) - 1 == breaks.count(b"\n") and b"" not in texts and _is_utf8(plain)


def _is_utf8(text: bytes) -> bool:
    try:
        return text.isascii() or bool(text.decode())
    except UnicodeDecodeError:
        return False
