from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.load.selector import PatientSelector


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def selector(pair: tuple[socket.socket, socket.socket]) -> Iterator[PatientSelector]:
    with PatientSelector() as made:
        made.register(pair[0], 1)
        yield made


def waited_ns(selector: PatientSelector, timeout: float | None) -> tuple[int, int]:
    """How many events, and how long that took."""
    before_ns = monotonic_ns()
    return len(selector.select(timeout)), monotonic_ns() - before_ns


def test_it_wakes_at_once_for_what_arrives(
    selector: PatientSelector, pair: tuple[socket.socket, socket.socket]
) -> None:
    pair[1].send(b"x")
    assert [waited_ns(selector, timeout)[0] for timeout in (None, 60.0, 0.0)] == [1, 1, 1]


def test_it_sleeps_through_what_arrives_under_a_stream(
    selector: PatientSelector, pair: tuple[socket.socket, socket.socket]
) -> None:
    selector.pause_s = lambda: 0.02
    pair[1].send(b"x")
    events, took_ns = waited_ns(selector, 60.0)
    assert (events, took_ns >= 20_000_000) == (1, True)


def test_what_is_due_comes_before_what_has_arrived(
    selector: PatientSelector, pair: tuple[socket.socket, socket.socket]
) -> None:
    selector.pause_s = lambda: 0.001
    pair[1].send(b"x")
    assert waited_ns(selector, 0.0005)[0] == 0  # the timer's round
    found = [waited_ns(selector, 0.0)[0] for _ in range(3)]
    assert found == [0, 0, 1]


def test_without_a_pause_a_timeout_is_kept_to_the_microsecond(selector: PatientSelector) -> None:
    took_ns = [waited_ns(selector, 0.0003)[1] for _ in range(20)]
    assert 300_000 <= min(took_ns) < 1_000_000, "an epoll would have waited for whole milliseconds"
