from __future__ import annotations

import pytest

from pytest_fmbench.client.framing import HttpResponse, read_response
from pytest_fmbench.model.exchange import End, Recording

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"


def response(*reads: bytes, end: End = End.COMPLETE) -> HttpResponse:
    """The response whose reads arrive at 1, 2, 3 ... ns."""
    recording = Recording(end=end)
    for arrived, read in enumerate(reads, 1):
        recording.note(arrived, arrived, read)
    return read_response(recording)


def parts(found: HttpResponse) -> list[tuple[int, bytes]]:
    """What each read brought, where it brought any."""
    return [(arrived, piece) for arrived, piece in found.body if piece]


def test_a_body_of_known_length() -> None:
    found = response(OK + b"content-length: 5\r\n\r\nab", b"cde")
    assert (found.status, found.complete, parts(found)) == (200, True, [(1, b"ab"), (2, b"cde")])


@pytest.mark.parametrize(
    ("reads", "brought"),
    [
        ([CHUNKED, b"3\r\nabc\r\n", b"1\r\nd\r\n0\r\n\r\n"], [(2, b"abc"), (3, b"d")]),
        ([CHUNKED + b"3\r", b"\na", b"bc", b"\r\n1\r\nd\r\n0", b"\r\n\r\n"], [(2, b"a"), (3, b"bc"), (4, b"d")]),
        ([CHUNKED, b"003\r\nabc\r\n0\r\n\r\n"], [(2, b"abc")]),
        ([CHUNKED, b"3;a=b\r\nab", b"c\r\n1;x\r\nd\r\n0\r\n\r\n"], [(2, b"ab"), (3, b"cd")]),
        ([CHUNKED, b"1\r\n1\r\n", b"2\r\n\r\n\r\n0\r\n\r\n"], [(2, b"1"), (3, b"\r\n")]),
        ([CHUNKED, b"1\r\na\r\n0\r\n", b"trailer: b\r\n\r\n"], [(2, b"a")]),
    ],
)
def test_a_body_in_chunks(reads: list[bytes], brought: list[tuple[int, bytes]]) -> None:
    found = response(*reads)
    assert (found.complete, found.problem, parts(found)) == (True, "", brought)


def test_chunks_that_are_still_to_come() -> None:
    found = response(CHUNKED, b"3\r\nabc\r\n5\r\nde", end=End.CLOSED)
    assert (found.complete, parts(found)) == (False, [(2, b"abcde")])


def test_what_looks_like_the_end_is_none_before_it() -> None:
    found = response(CHUNKED + b"9;abcdef\r\na", b"\r\n0\r\n", b"\r\n", end=End.CLOSED)
    assert (found.complete, parts(found)) == (False, [(1, b"a"), (2, b"\r\n0\r\n"), (3, b"\r\n")])


def test_a_body_without_length_ends_with_the_connection() -> None:
    for end, complete in ((End.CLOSED, True), (End.RESET, False)):
        found = response(b"HTTP/1.0 200 OK\r\n\r\na", b"b", end=end)
        assert (found.complete, parts(found)) == (complete, [(1, b"a"), (2, b"b")])


@pytest.mark.parametrize(
    "before", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n" * 2]
)
def test_informational_responses_are_passed_over(before: bytes) -> None:
    found = response(before, OK + b"content-length: 1\r\n\r\n", b"a")
    assert (found.status, found.headers, parts(found)) == (200, [(b"content-length", b"1")], [(3, b"a")])


def test_empty_lines_before_a_response_are_passed_over() -> None:
    found = response(b"\n\n\r\n" + CHUNKED, b"1\r\na\r\n0\r\n\r\n")
    assert (found.complete, parts(found)) == (True, [(2, b"a")])


def test_an_informational_response_alone_is_no_response() -> None:
    assert response(b"HTTP/1.1 100 Continue\r\n\r\n", end=End.CLOSED).status is None


def test_a_second_response_is_a_problem() -> None:
    one = OK + b"content-length: 1\r\n\r\na"
    assert response(one + one).problem.startswith("not HTTP: ")


@pytest.mark.parametrize("junk", [b"220 smtp\r\n", CHUNKED + b"zz\r\n", CHUNKED + b"f" * 17 + b"\r\n", b"\0" * 9])
def test_what_is_no_http_is_a_problem(junk: bytes) -> None:
    assert response(junk).problem.startswith("not HTTP: ")


def test_headers_of_one_name_are_joined() -> None:
    found = response(OK + b"Via: a\r\nvia: b\r\ncontent-length: 0\r\n\r\n")
    assert (found.header(b"via"), found.header(b"x")) == (b"a, b", None)
