from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from pytest_fmbench.load.arrivals import Load, closed, constant
from pytest_fmbench.load.driver import Driver, Limits
from pytest_fmbench.model.exchange import Phase, Ticket
from pytest_fmbench.model.measurement import Window


class Talks:
    """Sessions of ``turns`` requests, each of which takes ``turn_s``."""

    def __init__(self, turns: int = 3, turn_s: float = 0.01) -> None:
        self.turns, self.turn_s = turns, turn_s
        self.sessions: list[Ticket] = []
        self.requests: list[tuple[int, Ticket]] = []
        self.cut: list[Ticket] = []
        self.open, self.most = 0, 0

    async def __call__(self, ticket: Ticket) -> bool:
        self.sessions.append(ticket)
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            for _ in range(self.turns):
                with self.driver.request(ticket.scheduled_ns) as leave:
                    self.requests.append((ticket.index, leave))
                    await asyncio.sleep(self.turn_s)
        except asyncio.CancelledError:
            self.cut.append(ticket)
            raise
        finally:
            self.open -= 1
        return True

    def drive(self, load: Load, limits: Limits) -> Window:
        async def run() -> Window:
            self.driver = Driver(self, limits, sessions=True)
            return await self.driver.run(load)

        return asyncio.run(run())


def test_a_load_begins_sessions_and_these_begin_requests() -> None:
    talks = Talks()
    window = talks.drive(closed(2), Limits(0.05, 0.3))
    assert talks.most == 2
    indices = [ticket.index for _, ticket in talks.requests]
    assert sorted(indices) == list(range(len(indices))), "each request has one index of its own"
    for _, ticket in talks.requests:
        inside = window.begin_ns <= ticket.begun_ns < window.end_ns
        assert (ticket.phase is Phase.WINDOW) == inside
    assert talks.driver.ledger.begun == len(talks.requests)


def test_sessions_of_the_window_are_waited_for_while_load_goes_on() -> None:
    talks = Talks(turns=10, turn_s=0.03)
    talks.drive(constant(20), Limits(0.0, 0.2))
    inside = [ticket for ticket in talks.sessions if ticket.phase is Phase.WINDOW]
    assert len(inside) >= 3
    assert not {ticket.index for ticket in inside} & {ticket.index for ticket in talks.cut}
    late = {index for index, ticket in talks.requests if ticket.phase is Phase.DRAIN}
    assert {ticket.index for ticket in inside} <= late
    assert any(ticket.phase is Phase.DRAIN for ticket in talks.sessions)


def test_what_outlasts_the_drain_is_cut_off() -> None:
    talks = Talks(turn_s=60.0)
    talks.drive(constant(20), Limits(0.0, 0.2, drain_s=0.1))
    assert {ticket.index for ticket in talks.cut} == {ticket.index for ticket in talks.sessions}
    assert talks.open == 0


def test_a_number_of_requests_ends_the_window_in_the_middle_of_a_session() -> None:
    talks = Talks(turns=3)
    talks.drive(closed(1), Limits(0.0, 60.0, requests=7))
    assert sum(ticket.phase is Phase.WINDOW for _, ticket in talks.requests) == 7
    assert sum(index == talks.sessions[-1].index for index, _ in talks.requests) <= 3


def test_the_warm_up_lasts_until_every_user_has_been_through_a_session() -> None:
    talks = Talks(turns=4, turn_s=0.05)
    window = talks.drive(closed(2), Limits(0.0, 0.1))
    assert window.begin_ns - talks.sessions[0].begun_ns >= 200_000_000


def test_a_users_think_time_lies_between_sessions() -> None:
    talks = Talks(turns=2)
    talks.drive(closed(1, think=0.05), Limits(0.0, 0.4))
    begun = [ticket.begun_ns for _, ticket in talks.requests]
    gaps = [after - before for before, after in pairwise(begun)]
    assert all(gap >= 55_000_000 for gap in gaps[1::2]), "between the last of one session and the first of the next"
    assert len(gaps) >= 4


def test_a_session_that_raises_ends_the_run() -> None:
    class Raises(Talks):
        async def __call__(self, ticket: Ticket) -> bool:
            raise ZeroDivisionError(str(ticket.index))

    with pytest.raises(ZeroDivisionError):
        Raises().drive(closed(2), Limits(0.0, 60.0))
