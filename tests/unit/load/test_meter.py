from __future__ import annotations

import asyncio
import gc
import socket
import time

from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.load.histogram import Histogram, bucket_of, upper_edge
from pytest_fmbench.load.meter import MeteredSelector
from pytest_fmbench.load.vitals import Vitals, run_queue_delay_ns
from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket


@given(st.integers(0, 2**60))
def test_a_bound_read_off_the_histogram_is_never_too_low_and_an_eighth_too_high_at_most(value: int) -> None:
    edge = upper_edge(bucket_of(value))
    assert value <= edge <= value + value / 8 + 1


@given(st.integers(0, 2**60), st.integers(0, 2**60))
def test_buckets_keep_order(one: int, other: int) -> None:
    if one < other:
        assert bucket_of(one) <= bucket_of(other)


def metered(busy_s: float) -> MeteredSelector:
    """A loop that receives 200 bytes, one a round, and is busy for so long at each."""
    selector = MeteredSelector()
    loop = asyncio.SelectorEventLoop(selector)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)

        def receive() -> None:
            ours.recv(1)
            time.sleep(busy_s)

        async def send() -> None:
            selector.metering = True
            for _ in range(200):
                theirs.send(b"x")
                await asyncio.sleep(0.0005)

        loop.add_reader(ours, receive)
        loop.run_until_complete(send())
        loop.remove_reader(ours)
    loop.close()
    return selector


def test_a_busy_loop_is_known_to_stamp_late() -> None:
    assert metered(busy_s=0.003).late.bound_ns(0.5) >= 3_000_000


def test_an_idle_loop_is_known_to_be_in_time() -> None:
    assert metered(busy_s=0.0).late.bound_ns(0.5) < metered(busy_s=0.003).late.bound_ns(0.5) / 3


def test_the_longest_round_is_kept() -> None:
    assert metered(busy_s=0.003).rounds.longest_ns >= 3_000_000


def test_without_arrivals_there_is_nothing_to_bound() -> None:
    assert MeteredSelector().late.bound_ns(0.99) == 0


def test_the_run_queue_delay_grows_or_is_not_known() -> None:
    before, after = run_queue_delay_ns(), run_queue_delay_ns()
    assert before is None or (after is not None and after >= before >= 0)


def exchange(end: End, begun_ns: int, done_ns: int = 5_000) -> Exchange:
    recording = Recording(done_ns=done_ns, end=end, reconnects=1)
    recording.note(2_000, 2_000, b"x")
    return Exchange("r", Ticket(0, Phase.WINDOW, 100, begun_ns), recording)


def test_vitals_tell_how_the_process_fared() -> None:
    vitals = Vitals()
    vitals.note(exchange(End.COMPLETE, begun_ns=110))
    vitals.note(exchange(End.TIMEOUT, begun_ns=100))
    vitals.note(exchange(End.CENSORED, begun_ns=100, done_ns=9_000))
    gc.collect()
    found = vitals.certificate(metered(busy_s=0.003), clock_step_ns=5)
    assert found.collector_ns > 0
    assert 0 < found.cpu_share <= 2
    assert found.gap_longest_ns == 3_000, "of the reply whose end arrived"
    assert (found.late_longest_ns, found.late_p99_ns, found.late_p50_ns) == (10, 10, 0)
    assert (found.reconnects, found.socket_errors) == (3, 1)
    assert found.loop_p99_ns >= found.loop_p50_ns > 0
    assert found.clock_step_ns == 5


def test_a_histogram_of_nothing_bounds_nothing() -> None:
    assert Histogram().bound_ns(0.5) == 0
