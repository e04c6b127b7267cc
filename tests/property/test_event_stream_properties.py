from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.sagemaker import SageMakerMessages
from pytest_fmbench.client.event_stream import FrameReader, Value
from pytest_fmbench.testing.shapes.event_stream import event, frame

NAMES = st.text(max_size=20).filter(lambda name: len(name.encode()) < 256)
FRAMES = st.lists(
    st.builds(frame, st.dictionaries(NAMES, st.text(max_size=30), max_size=4), st.binary(max_size=80)), max_size=6
)


def by_botocore(stream: bytes) -> tuple[list[tuple[dict[str, Value], bytes]], bool]:
    """What botocore reads, and whether it found nothing wrong."""
    eventstream = pytest.importorskip("botocore.eventstream", reason="needs pytest-fmbench[aws]")
    buffer = eventstream.EventStreamBuffer()
    buffer.add_data(stream)
    found = list[tuple[dict[str, Value], bytes]]()
    try:
        found.extend((message.headers, message.payload) for message in buffer)
    except (eventstream.ParserError, ValueError, KeyError):
        return found, False
    return found, True


@given(FRAMES, st.integers(0, 400), st.integers(0, 255))
def test_we_read_what_botocore_reads(frames: list[bytes], at: int, flipped: int) -> None:
    stream = bytearray(b"".join(frames))
    if at < len(stream):
        stream[at] ^= flipped
    reader = FrameReader(bytes(stream))
    found = [(dict(one.headers), one.payload) for one in reader]
    assert (found, not reader.problem) == by_botocore(bytes(stream))


@given(st.binary(max_size=200), FRAMES)
def test_no_bytes_raise(junk: bytes, frames: list[bytes]) -> None:
    ends = [one.end for one in FrameReader(b"".join(frames) + junk)]
    assert ends == sorted(ends)


@given(st.lists(st.integers(0, 600), max_size=12))
def test_a_part_may_cut_what_the_container_wrote_anywhere(cuts: list[int]) -> None:
    texts = "".join(f'data: {{"choices":[{{"delta":{{"content":"w{n}"}}}}]}}\n\n' for n in range(8)).encode()
    inside = texts + b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    edges = [0, *sorted(min(cut, len(inside)) for cut in cuts), len(inside)]
    parts = [inside[begin:end] for begin, end in pairwise(edges)]
    frames = [event("PayloadPart", part, "application/octet-stream") for part in parts]
    reply = SageMakerMessages().read(Body.of([(1, b"".join(frames))]))
    ends = [sum(map(len, frames[: nth + 1])) for nth in range(len(frames))]
    length = len(texts) // 8
    done = [next(end for end, edge in zip(ends, edges[1:], strict=True) if edge >= length * nth) for nth in range(1, 9)]
    assert list(reply.chunks.at) == done
    assert (reply.ended, reply.problem) == (True, None)
