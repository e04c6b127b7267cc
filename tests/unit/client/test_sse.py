from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_fmbench.client.sse import Event, EventDecoder


def decoded(*chunks: bytes) -> list[Event]:
    decoder = EventDecoder()
    return [event for chunk in chunks for event in decoder.feed(chunk)]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_lines_may_end_in_three_ways(newline: bytes) -> None:
    stream = newline.join([b"data: a", b"", b"event: x", b"data: b", b"data: c", b"", b""])
    assert decoded(stream) == [Event(b"a"), Event(b"b\nc", b"x")]


def test_comments_and_unknown_fields_are_left_out() -> None:
    assert decoded(b": keep-alive\n\nid: 7\nretry: 9\ndata: a\n\n") == [Event(b"a")]


def test_one_space_after_the_colon_is_not_data() -> None:
    assert decoded(b"data:a\n\ndata:  b\n\n") == [Event(b"a"), Event(b" b")]


def test_an_event_without_data_is_none() -> None:
    assert decoded(b"event: ping\n\ndata: a\n\n") == [Event(b"a")]


def test_a_byte_order_mark_is_no_part_of_the_first_field() -> None:
    assert decoded(b"\xef\xbb\xbfdata: a\n\n") == [Event(b"a")]


def test_what_no_empty_line_ends_is_no_event() -> None:
    decoder = EventDecoder()
    assert list(decoder.feed(b"data: a\n\ndata: b")) == [Event(b"a")]
    assert decoder.pending


@given(
    st.lists(st.sampled_from([b"data: a", b"data:", b"event: e", b": c", b"", b"data: \xc3\xa9", b"x"]), max_size=12),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.lists(st.integers(0, 200), max_size=8),
)
@example([b"data: a", b"", b"data: a", b"", b""], b"\r\n", [8, 9, 10, 11])
@example([b"data: a", b"", b"", b"data: a", b"", b""], b"\r", [8, 9])
def test_it_does_not_matter_where_a_stream_is_cut(lines: list[bytes], newline: bytes, cuts: list[int]) -> None:
    stream = newline.join(lines)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[begin:end] for begin, end in pairwise(edges)]
    assert decoded(*pieces) == decoded(stream)


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_no_bytes_raise(chunks: list[bytes]) -> None:
    decoded(*chunks)


def test_a_newline_after_a_lone_carriage_return_is_taken_once() -> None:
    assert decoded(b"data: a\r", b"\n", b"\n") == [Event(b"a")]
