from __future__ import annotations

import json
from collections.abc import Callable
from http.client import IncompleteRead

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.errors import UsageError
from pytest_fmbench.testing import (
    Asked,
    Fault,
    Mock,
    Truth,
    constant,
    cut,
    every,
    faulty,
    garbage,
    healthy,
    serving,
    share,
    stall,
    status,
    throttle,
    trickle,
)
from pytest_fmbench.testing.steps import Pause, Write
from tests.unit.testing.talk import get, post, raw, request, until_closed

TOKENS = 4
SCRIPT = healthy(itl=constant(0.001), output_tokens=constant(TOKENS))
ASKED = Asked("POST", "/v1/chat/completions", {}, b'{"stream": true}')


def received(mock: Mock) -> bytes:
    return until_closed(raw(mock.port, request("/v1/chat/completions", "Connection: close")))


def whole() -> bytes:
    with serving(SCRIPT) as mock:
        return received(mock)


@pytest.mark.parametrize("after", range(TOKENS + 1))
def test_a_cut_reply_ends_after_so_many_tokens(after: int) -> None:
    with serving(faulty(SCRIPT, cut(after, reset=False))) as mock:
        got = received(mock)
        (truth,) = mock.truths()
    assert whole().startswith(got)
    assert got.count(b'"content":" ') == len(truth.tokens) == after
    assert not got.endswith(b"0\r\n\r\n")
    assert not truth.complete


def test_a_cut_that_comes_too_late_cuts_nothing() -> None:
    with serving(faulty(SCRIPT, cut(TOKENS + 1))) as mock:
        assert received(mock) == whole()
        assert mock.truths()[0].complete


def test_a_cut_is_a_reset() -> None:
    with serving(faulty(SCRIPT, cut(2))) as mock, pytest.raises(ConnectionResetError):
        received(mock)


def test_a_client_sees_that_a_reply_is_cut() -> None:
    with serving(faulty(SCRIPT, cut(2, reset=False))) as mock, pytest.raises(IncompleteRead):
        post(mock.port, stream=True)


def test_a_reply_in_one_piece_is_cut_before_it() -> None:
    with serving(faulty(SCRIPT, cut(2, reset=False))) as mock:
        assert until_closed(raw(mock.port, request(stream=False))) == b""


def gaps(truth: Truth) -> list[int]:
    return [after - before for before, after in zip(truth.due_ns, truth.due_ns[1:], strict=False)]


def test_a_stall_moves_all_that_follows() -> None:
    with serving(faulty(SCRIPT, stall(2, 0.05))) as mock:
        assert received(mock) == whole()
        (truth,) = mock.truths()
    assert gaps(truth) == [1_000_000, 51_000_000, 1_000_000]
    assert truth.end_ns[2] - truth.begin_ns[1] >= 50_000_000 - (truth.begin_ns[1] - truth.due_ns[1])


def test_garbage_in_a_sound_chunk() -> None:
    with serving(faulty(SCRIPT, garbage(1, b"\xffjunk"))) as mock:
        body = post(mock.port, stream=True).body
    assert body.count(b"\xffjunk") == 1
    assert body.index(b" the") < body.index(b"\xffjunk") < body.index(b" quick")


def test_garbage_where_a_chunk_should_begin() -> None:
    with serving(faulty(SCRIPT, garbage(1, b"nonsense\r\n", framed=False))) as mock, pytest.raises(IncompleteRead):
        post(mock.port, stream=True)


def test_a_trickle_is_the_same_bytes() -> None:
    with serving(faulty(SCRIPT, trickle(100, 0.0001))) as mock:
        assert received(mock) == whole()
        (truth,) = mock.truths()
    assert truth.complete
    assert len(truth.tokens) == TOKENS


@given(st.binary(min_size=1, max_size=50), st.integers(1, 60))
def test_a_trickle_comes_in_pieces(data: bytes, size: int) -> None:
    *pieces, last = trickle(size, 0.5)(ASKED, [Write(data, 3, 1.0)])
    writes = [piece for piece in (*pieces, last) if isinstance(piece, Write)]
    assert b"".join(write.data for write in writes) == data
    assert all(len(write.data) <= size for write in writes)
    assert [piece for piece in pieces if not isinstance(piece, Write)] == [Pause(0.5)] * (len(writes) - 1)
    assert [write.tokens for write in writes] == [0] * (len(writes) - 1) + [3]


def test_a_status_instead_of_a_reply() -> None:
    with serving(faulty(SCRIPT, status(503, "out of order"))) as mock:
        said = post(mock.port, stream=True)
    assert said.status == 503
    assert json.loads(said.body)["error"]["message"] == json.loads(said.body)["message"] == "out of order"


def test_a_throttled_request_is_told_when_to_come_back() -> None:
    with serving(faulty(SCRIPT, throttle(7))) as mock:
        said = post(mock.port, stream=True)
    assert (said.status, said.headers["retry-after"]) == (429, "7")


def test_faults_go_round_each_other() -> None:
    with serving(faulty(SCRIPT, garbage(1, b"junk"), cut(2, reset=False))) as mock:
        got = received(mock)
    assert b"junk" in got
    assert got.count(b'"content":" ') == 2


def test_every_nth_request() -> None:
    with serving(faulty(SCRIPT, every(3, status(500)))) as mock:
        codes = [post(mock.port, stream=True).status for _ in range(7)]
    assert codes == [200, 200, 500, 200, 200, 500, 200]


def test_a_ready_check_is_spared() -> None:
    with serving(faulty(SCRIPT, status(500))) as mock:
        assert get(mock.port, "/health").status == 200
        assert mock.asked[0].index == 0
        post(mock.port, stream=True)
        assert mock.asked[1].index == 0


def hits(fault: Fault, indices: range) -> list[bool]:
    steps = [Write(b"")]
    return [fault(Asked("POST", "/", {}, b"", index=index), steps) is not steps for index in indices]


def test_a_share_of_requests() -> None:
    hit = hits(share(0.3, status(500)), range(5000))
    assert sum(hit) == pytest.approx(1500, rel=0.1)
    assert hits(share(0.3, status(500)), range(100, 200)) == hit[100:200]
    assert hits(share(0.3, status(500), seed=1), range(5000)) != hit
    assert not any(hits(share(0, status(500)), range(100)))
    assert all(hits(share(1, status(500)), range(100)))


@pytest.mark.parametrize(
    "make", [lambda: share(1.1, cut(1)), lambda: share(-1, cut(1)), lambda: every(0, cut(1)), lambda: trickle(0, 1)]
)
def test_what_makes_no_sense_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(UsageError):
        make()
