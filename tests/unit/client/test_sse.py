from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_fmbench.client.sse import Event, EventReader


def decoded(stream: bytes) -> list[tuple[bytes, bytes]]:
    """Data and name of each event."""
    return [(event.data, event.name) for event in EventReader(stream)]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_lines_may_end_in_three_ways(newline: bytes) -> None:
    stream = newline.join([b"data: a", b"", b"event: x", b"data: b", b"data: c", b"", b""])
    assert decoded(stream) == [(b"a", b""), (b"b\nc", b"x")]


def test_comments_and_unknown_fields_are_left_out() -> None:
    assert decoded(b": keep-alive\n\nid: 7\nretry: 9\ndata: a\n\n") == [(b"a", b"")]


def test_one_space_after_the_colon_is_not_data() -> None:
    assert decoded(b"data:a\n\ndata:  b\n\n") == [(b"a", b""), (b" b", b"")]


def test_an_event_without_data_is_none() -> None:
    assert decoded(b"event: ping\n\ndata: a\n\n") == [(b"a", b"")]


def test_a_byte_order_mark_is_no_part_of_the_first_field() -> None:
    assert decoded(b"\xef\xbb\xbfdata: a\n\n") == [(b"a", b"")]


def test_what_no_empty_line_ends_is_no_event() -> None:
    assert decoded(b"data: a\n\ndata: b\n") == [(b"a", b"")]


@pytest.mark.parametrize(
    ("stream", "end"),
    [
        (b"data: a\n\ndata: b", 9),
        (b"data: a\r\rdata: b", 9),
        (b"data: a\r\n\r\n", 10),
        (b"data: a\n\r\n", 9),
        (b"data: a\r\n\n", 10),
        (b"data: a\r\n\r", 10),
    ],
)
def test_an_event_ends_where_its_empty_line_is_seen_to_be_empty(stream: bytes, end: int) -> None:
    assert list(EventReader(stream)) == [Event(b"a", end)]


LINES = st.sampled_from([b"data: a", b"data:", b"event: e", b": c", b"", b"data: \xc3\xa9", b"x", b"data", b"\0"])
NEWLINE = st.sampled_from([b"\n", b"\r\n", b"\r"])


@given(st.lists(LINES, max_size=12), st.lists(NEWLINE, min_size=1, max_size=12))
@example([b"data: a", b"", b"data: a", b"", b""], [b"\r\n"])
@example([b"data: a", b"", b"", b"data: a", b"", b""], [b"\r"])
@example([b"data: a", b"", b"", b"data: a", b"", b""], [b"\n", b"\r\n"])
def test_what_a_shorter_stream_gives_is_given_by_the_longer_one(lines: list[bytes], newlines: list[bytes]) -> None:
    stream = b"".join(line + newlines[nth % len(newlines)] for nth, line in enumerate(lines))
    events = list(EventReader(stream))
    for cut in range(len(stream)):
        assert list(EventReader(stream[:cut])) == [event for event in events if event.end <= cut]


@given(st.binary(max_size=40))
def test_no_bytes_raise(stream: bytes) -> None:
    decoded(stream)


@pytest.mark.parametrize("line", [b"data: ", b"", b"\r", b"data: a\n", b"data: a\r\n", b": a\rb\n"])
def test_time_is_linear(line: bytes) -> None:
    stream = line + b"x" * 2_000_000 if len(line) == 6 else line * 300_000
    begun = time.process_time()
    decoded(stream)
    assert time.process_time() - begun < 5
