"""How close a replay came to its times: figures of records that are made up."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.runs.replays.fidelity import fidelity
from pytest_fmbench.sinks.fidelity import listed
from tests.support.records import measured, record

S, MS = 1_000_000_000, 1_000_000


def sent(due_s: float, late_ms: float | None, **more: Any) -> Any:
    due_ns = round(due_s * S) + S
    at_ns = None if late_ms is None else due_ns + round(late_ms * MS)
    return record((due_ns + 2 * S,), scheduled_ns=due_ns, begun_ns=due_ns, sent_ns=at_ns, **more)


def test_it_is_how_late_requests_were_sent() -> None:
    told = fidelity(measured(*(sent(nth / 10, nth / 100) for nth in range(101))), 101)
    assert (told["requests"], told["sent"]) == (101, 101)
    assert told["late_p50_s"] == pytest.approx(0.5e-3)
    assert told["late_p99_s"] == pytest.approx(0.99e-3)
    assert told["late_longest_s"] == pytest.approx(1e-3)


def test_bursts_that_come_as_bursts_vary_as_much() -> None:
    burst = [sent(at, 0.1) for at in (0, 0, 0, 0, 5, 5, 5, 9)]
    assert fidelity(measured(*burst), 8)["variance_ratio"] == pytest.approx(1.0)


def test_bursts_that_are_smoothed_vary_less() -> None:
    smoothed = [sent(0, 1000 * nth) for nth in range(8)]
    assert fidelity(measured(*smoothed), 8)["variance_ratio"] < 0.2


def test_even_arrivals_have_no_variance_to_compare() -> None:
    assert fidelity(measured(*(sent(nth, 0.1) for nth in range(5))), 5)["variance_ratio"] is None


def test_requests_that_were_never_sent_are_missing() -> None:
    records = [sent(0, 0.1), sent(1, 0.1), sent(1, None, status="failed", error="connect: refused")]
    told = fidelity(measured(*records), 4)
    assert (told["requests"], told["sent"]) == (4, 2)


def test_of_nothing_there_is_nothing_to_tell() -> None:
    told = fidelity(measured(sent(0, None, status="failed", error="connect: refused")), 3)
    assert (told["sent"], told["late_p99_s"], told["variance_ratio"]) == (0, None, None)


def test_each_round_replays_it() -> None:
    one = measured(sent(0, 0.1), sent(1, 0.1))
    rounds = (Window(0, S), Window(S, 2 * S))
    assert fidelity(Measurement(one.requests, one.window, rounds=rounds), 2)["requests"] == 4


def test_a_line_says_it() -> None:
    told = fidelity(measured(*(sent(at, 0.25) for at in (0, 0, 0, 3))), 5)
    assert listed([{"name": "a case", "fidelity": told}, {"name": "another"}]) == [
        "a case: replayed 4 of 5 requests, 99 % within 250 us of their times, counts a second vary 1 times as much"
    ]
    assert listed([{"name": "a", "fidelity": {**told, "sent": 0, "late_p99_s": None, "variance_ratio": None}}]) == [
        "a: replayed 0 of 5 requests"
    ]
