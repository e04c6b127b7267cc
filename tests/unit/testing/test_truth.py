from __future__ import annotations

from array import array
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.testing import Truth, constant, exponential, healthy, serving
from pytest_fmbench.testing.truth import Bottleneck, bottleneck
from tests.support.processes import eventually
from tests.unit.testing.talk import post, raw, request, until

PATH = "/v1/chat/completions"
MS = 1_000_000


def truth(*late_ns: int) -> Truth:
    due = array("q", [1000 * at for at in range(len(late_ns))])
    begin = array("q", [at + late for at, late in zip(due, late_ns, strict=True)])
    return Truth("", 0, due, begin, begin, array("q", [1] * len(late_ns)), True)


def test_it_holds_every_token_write() -> None:
    with serving(healthy(ttft=constant(0.003), itl=exponential(0.001))) as mock:
        before = monotonic_ns()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda at: post(mock.port, PATH, request_id=f"r{at}", stream=True, max_tokens=9), range(12)))
        after = monotonic_ns()
        truths = mock.truths()
    assert sorted(one.request_id for one in truths) == sorted(f"r{at}" for at in range(12))
    for one in truths:
        moments = [before, one.read_ns]
        for due, begin, end in zip(one.due_ns, one.begin_ns, one.end_ns, strict=True):
            assert due <= begin <= end
            moments += [begin, end]
        assert moments == sorted(moments)
        assert moments[-1] <= after
        assert list(one.tokens) == [1] * 9
        assert one.due_ns[0] - one.read_ns == 3 * MS
        assert one.complete


def test_nothing_is_received_before_it_is_written() -> None:
    with serving(healthy(ttft=constant(0.002), itl=constant(0.002))) as mock:
        peer = raw(mock.port, request(PATH, max_tokens=5))
        arrived: list[int] = []
        data = b""
        while not data.endswith(b"0\r\n\r\n"):
            data += peer.recv(65536)
            arrived += [monotonic_ns()] * (data.count(b'"content":" ') - len(arrived))
        peer.close()
        (one,) = mock.truths()
    assert len(arrived) == len(one.begin_ns) == 5
    assert all(begin <= at for begin, at in zip(one.begin_ns, arrived, strict=True))


def test_a_reply_in_one_piece_is_one_write_of_all_tokens() -> None:
    with serving(healthy(ttft=constant(0.002), itl=constant(0.001))) as mock:
        post(mock.port, PATH, max_tokens=5)
        (one,) = mock.truths()
    assert list(one.tokens) == [5]
    assert one.due_ns[0] - one.read_ns == 6 * MS


def test_a_reply_that_goes_on_is_not_complete() -> None:
    with serving(healthy(itl=constant(60))) as mock:
        peer = raw(mock.port, request(PATH, max_tokens=2))
        until(peer, b'"finish_reason":null}]}\n\n\r\n')
        assert eventually(lambda: bool(mock.truths()[0].tokens))
        (one,) = mock.truths()
        peer.close()
    assert list(one.tokens) == [1]
    assert not one.complete


def test_what_is_forgotten_is_gone() -> None:
    with serving(healthy()) as mock:
        post(mock.port, PATH, stream=True)
        mock.forget()
        assert (mock.truths(), list(mock.asked)) == ([], [])
        post(mock.port, PATH, request_id="next", stream=True)
        assert [one.request_id for one in mock.truths()] == ["next"]


@given(st.lists(st.lists(st.integers(0, 10**9), max_size=9), max_size=9))
def test_lateness_is_that_of_all_writes(late: list[list[int]]) -> None:
    pooled = sorted(each for one in late for each in one)
    found = bottleneck(truth(*one) for one in late)
    assert found.writes == len(pooled)
    assert round(found.max_s * 1e9) == max(pooled, default=0)
    assert found.p50_s <= found.p99_s <= found.max_s


def test_it_says_when_it_was_the_bottleneck() -> None:
    late = bottleneck([truth(*[MS // 2] * 98, 2 * MS, 3 * MS)])
    assert late == Bottleneck(100, 0.0005, 0.002, 0.003)
    assert late.late
    assert str(late) == (
        "the mock was the bottleneck; only its write times are true: "
        "100 token writes, late by p50 0.500 ms, p99 2.000 ms, max 3.000 ms"
    )


def test_it_says_when_it_was_not() -> None:
    kept = bottleneck([truth(*[MS // 2] * 99, 5 * MS)])
    assert not kept.late
    assert str(kept).startswith("the mock kept its schedule: 100 token writes")


def test_it_says_when_there_is_nothing_to_tell() -> None:
    assert not bottleneck([]).late
    assert str(bottleneck([truth()])) == "the mock wrote no tokens"


def test_a_running_mock_knows_it() -> None:
    with serving(healthy(itl=constant(0.001))) as mock:
        post(mock.port, PATH, stream=True, max_tokens=7)
        assert mock.bottleneck() == bottleneck(mock.truths())
        assert mock.bottleneck().writes == 7
