"""How bodies in Amazon's event stream encoding are read, and how they tell that they break off."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Mapping
from itertools import accumulate

import numpy as np

from pytest_fmbench.client.dialects.base import Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.noting import is_throttling
from pytest_fmbench.client.dialects.reading import Take, noted
from pytest_fmbench.client.event_stream import Frame, FrameReader

_KINDS = {"exception": ":exception-type", "error": ":error-code"}
"""Of a frame that is no event, the header that says what it is."""


def read_frames(body: Body, takes: Mapping[str, Take]) -> Reply:
    """The reply in events.

    :param takes: what notes an event, by the event's name; others say nothing.
    """
    reply, frames = Reply(), FrameReader(body.data)
    for frame in frames:
        take = takes.get(_event(reply, frame))
        if take is not None:
            noted(reply, frame.payload, frame.end, take)
    _note_problem(reply, frames)
    return reply


def read_parts(body: Body, part: str, read: Callable[[Body], Reply]) -> Reply:
    """The reply in a stream of another form, which came as the payloads of events; they may cut it anywhere.

    A chunk is complete with the frame that brought its last byte.

    :param part: the event's name.
    :param read: what reads the inner stream.
    """
    told, frames = Reply(), FrameReader(body.data)
    parts = [(frame.payload, frame.end) for frame in frames if _event(told, frame) == part]
    reply = read(Body.of([(0, b"".join(payload for payload, _ in parts))]))
    inside = np.array([*accumulate(len(payload) for payload, _ in parts)], np.int64)
    frame_ends = np.array([end for _, end in parts], np.int64)
    nth = inside.searchsorted(np.asarray(reply.chunks.at, np.int64))
    reply.chunks.at = array("q", frame_ends[nth].tobytes())
    reply.error, reply.throttled = told.error or reply.error, told.throttled
    _note_problem(reply, frames)
    return reply


def _event(reply: Reply, frame: Frame) -> str:
    """The name of the event that a frame is; empty where it is none, such as an exception, which is noted."""
    kind = str(frame.headers.get(":message-type", ""))
    if kind in _KINDS:
        name = str(frame.headers.get(_KINDS[kind], kind))
        message = str(frame.headers.get(":error-message", "")) or _message(frame.payload)
        reply.error = f"{name}: {message}" if message else name
        reply.throttled = is_throttling(name)
    return str(frame.headers.get(":event-type", "")) if kind == "event" else ""


def _message(payload: bytes) -> str:
    """What an exception says; Bedrock spells the name small, SageMaker large."""
    try:
        said = json.loads(payload)
        return str(said.get("message") or said.get("Message") or "")
    except (ValueError, AttributeError, RecursionError):
        return payload.decode("utf-8", "replace")


def _note_problem(reply: Reply, frames: FrameReader) -> None:
    reply.problem = reply.problem or (f"no event stream: {frames.problem}" if frames.problem else None)
