from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.model.exchange import Exchange, Phase, Recording, Ticket
from pytest_fmbench.runs.crew.looking import Lookout
from pytest_fmbench.stats.looks import FIRST


def exchange(begun_ns: int, settled_ns: int = 0, worker: int = 0, phase: Phase = Phase.WINDOW) -> Exchange:
    return Exchange("r", Ticket(0, phase, begun_ns, begun_ns), Recording(), worker=worker, settled_ns=settled_ns)


def test_a_look_is_due_when_enough_have_ended_that_none_before_them_is_open() -> None:
    lookout = Lookout(1)
    for at in range(FIRST + 5):
        lookout.note(exchange(at, settled_ns=5))  # the one that began at 5 is open
    assert lookout.due() is None
    lookout.note(exchange(10_000, settled_ns=FIRST))
    assert lookout.due() == (FIRST, FIRST)
    assert lookout.due() is None, "the same is not looked at twice"


def test_the_slowest_worker_says_how_far_all_are() -> None:
    lookout = Lookout(2)
    for at in range(2 * FIRST):
        lookout.note(exchange(at, settled_ns=1_000, worker=0))
    assert lookout.due() is None, "nothing is known of the other"
    lookout.note(exchange(3, settled_ns=FIRST, worker=1))
    assert lookout.due() == (FIRST + 1, FIRST)


def test_what_began_before_the_window_does_not_count() -> None:
    lookout = Lookout(1)
    for at in range(3 * FIRST):
        lookout.note(exchange(at, settled_ns=10_000, phase=Phase.WARMUP))
    assert lookout.due() is None


@given(st.randoms(use_true_random=False), st.integers(1, 2_000))
def test_looks_are_ever_larger_and_see_only_what_is_settled(random: Random, requests: int) -> None:
    begun = [random.randrange(10_000) for _ in range(requests)]
    lookout, seen = Lookout(1), list[tuple[int, int]]()
    for nth, at in enumerate(begun):
        lookout.note(replace(exchange(at), settled_ns=nth * 7))
        due = lookout.due()
        if due is not None:
            seen.append(due)
            assert due[0] == sum(one < nth * 7 for one in begun[: nth + 1])
    assert [requests for requests, _ in seen] == sorted({requests for requests, _ in seen})
