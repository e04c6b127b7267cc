"""What a reply says, put together from its pieces. Whatever a server sends, nothing here raises."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.reading import UNREADABLE
from pytest_fmbench.client.event_stream import FrameReader
from pytest_fmbench.client.sse import EventReader
from pytest_fmbench.model.prompt import ToolCall
from pytest_fmbench.model.session import Answer


@dataclass(slots=True)
class _Call:
    call_id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)

    def add(self, call_id: object, name: object, arguments: object) -> None:
        """More of it. Servers that say its name again in every piece do not make it longer."""
        self.call_id = self.call_id or _text(call_id)
        self.name = self.name or _text(name)
        if isinstance(arguments, str):
            self.arguments.append(arguments)
        elif arguments is not None:  # an object, where others write it as a string
            self.arguments.append(json.dumps(arguments, ensure_ascii=False))


class Heard:
    """What has been heard so far; takes whatever JSON may hold."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._calls: list[_Call] = []
        self._places: dict[int, _Call] = {}
        self._reason: str | None = None

    def say(self, said: object) -> None:
        """Text, or a list of parts that hold some."""
        if isinstance(said, str):
            self._texts.append(said)
        elif isinstance(said, list):
            for part in said:
                if isinstance(part, Mapping):
                    self.say(part.get("text"))
                    self.think(part.get("thinking"))

    def think(self, thought: object) -> None:
        """Reasoning, likewise."""
        if isinstance(thought, str):
            self._thoughts.append(thought)
        elif isinstance(thought, list):
            self._thoughts.extend(_text(part.get("text")) for part in thought if isinstance(part, Mapping))

    def begin_call(self, call_id: object = None, name: object = None, arguments: object = None) -> None:
        """A call, or its first piece."""
        self._calls.append(_Call())
        self._calls[-1].add(call_id, name, arguments)

    def go_on(self, arguments: object) -> None:
        """More of the arguments of the call that began last."""
        if not self._calls:
            self._calls.append(_Call())  # of a tool whose name was lost: none that there is
        self._calls[-1].add(None, None, arguments)

    def piece_of_call(self, place: object, call_id: object, name: object, arguments: object) -> None:
        """A piece of one of several calls that are told apart by their place, as far as the server keeps to it.

        A name with another id than the call of this place has is another call: some servers say 0 of all of them. So is
        a further name where there is neither place nor id.
        """
        known = place if isinstance(place, int) else None
        last = self._calls[-1] if self._calls else None
        found = last if known is None else self._places.get(known)
        if found is None or _is_another(found, known, call_id, name):
            found = _Call()
            self._calls.append(found)
        if known is not None:
            self._places[known] = found
        found.add(call_id, name, arguments)

    def finish(self, reason: object) -> None:
        """Why it ended; nothing where that is not said."""
        if reason:
            self._reason = str(reason)

    def answer(self) -> Answer:
        """All of it. A call without an id is given one, which its result can refer to."""
        calls = tuple(
            ToolCall(_sound(call.call_id or f"call_{nth}"), _sound(call.name), _sound("".join(call.arguments)))
            for nth, call in enumerate(self._calls)
        )
        return Answer(_sound("".join(self._texts)), _sound("".join(self._thoughts)), calls, self._reason)


Hear = Callable[[Heard, dict[str, Any]], None]
"""Hears what a piece of a reply says. May raise what JSON of any shape makes raise."""


def hear_events(body: Body, hear: Hear) -> Answer:
    """The answer in an event stream."""
    return _heard((event.data for event in EventReader(body.data)), hear)


def hear_lines(body: Body, hear: Hear) -> Answer:
    """The answer in lines of JSON."""
    return _heard(body.data.splitlines(), hear)


def hear_document(body: Body, hear: Hear) -> Answer:
    """The answer in one JSON document."""
    return _heard((body.data,), hear)


def hear_frames(body: Body, hears: Mapping[str, Hear]) -> Answer:
    """The answer in Amazon's event stream encoding.

    :param hears: what hears an event, by the event's name; others say nothing.
    """
    heard = Heard()
    for frame in FrameReader(body.data):
        hear = hears.get(str(frame.headers.get(":event-type", "")))
        if hear is not None:
            _hear(heard, frame.payload, hear)
    return heard.answer()


def hear_parts(body: Body, part: str, hear: Hear) -> Answer:
    """The answer in lines of JSON or an event stream, which came as the payloads of events and may be cut anywhere.

    :param part: the event's name.
    """
    frames = FrameReader(body.data)
    inner = b"".join(frame.payload for frame in frames if frame.headers.get(":event-type") == part)
    lines = inner.lstrip().startswith(b"{")
    return _heard(inner.splitlines() if lines else (event.data for event in EventReader(inner)), hear)


def _heard(pieces: Iterable[bytes], hear: Hear) -> Answer:
    heard = Heard()
    for piece in pieces:
        _hear(heard, piece, hear)
    return heard.answer()


def _hear(heard: Heard, piece: bytes, hear: Hear) -> None:
    with suppress(*UNREADABLE):  # that a reply is unreadable is known of its record
        hear(heard, _parsed(piece))


def _parsed(piece: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = msgspec.json.decode(piece)
    except (ValueError, RecursionError):
        found = json.loads(piece)  # which takes what is no JSON but usual, such as NaN
    return found


def _is_another(found: _Call, place: int | None, call_id: object, name: object) -> bool:
    """Whether a piece with this id and name is of another call than ``found``."""
    if not found.name or not _text(name):
        return False
    return bool(call_id != found.call_id if _text(call_id) else place is None)


def _text(said: object) -> str:
    return said if isinstance(said, str) else ""


def _sound(text: str) -> str:
    """Half a surrogate pair, which JSON can hold and UTF-8 cannot, would break the request that says it again."""
    return text.encode("utf-8", "replace").decode()
