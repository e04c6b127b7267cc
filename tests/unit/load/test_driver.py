from __future__ import annotations

import asyncio
import time
from collections import Counter
from itertools import pairwise

import anyio
import pytest

from pytest_fmbench.errors import StoreError
from pytest_fmbench.load.arrivals import Load, closed, constant, poisson, steps
from pytest_fmbench.load.driver import Driver, Limits
from pytest_fmbench.model.exchange import Phase, Ticket
from pytest_fmbench.model.measurement import Window
from tests.support.schedules import Few


class Sent:
    """A server that takes ``service_s`` for each request, and notes what it saw."""

    def __init__(self, service_s: float = 0.01, answers: bool = True) -> None:
        self.service_s, self.answers = service_s, answers
        self.tickets: list[Ticket] = []
        self.cut: list[Ticket] = []
        self.in_flight = Counter[Phase]()
        self.most = 0
        self.phases: list[Phase] = []

    async def __call__(self, ticket: Ticket) -> bool:
        self.tickets.append(ticket)
        self.in_flight[ticket.phase] += 1
        self.most = max(self.most, self.in_flight.total())
        try:
            await asyncio.sleep(self.service_s)
        except asyncio.CancelledError:
            self.cut.append(ticket)
            raise
        finally:
            self.in_flight[ticket.phase] -= 1
        return self.answers

    def of(self, phase: Phase) -> list[Ticket]:
        return [ticket for ticket in self.tickets if ticket.phase is phase]


def drive(sent: Sent, load: Load, limits: Limits) -> Window:
    async def run() -> Window:
        return await Driver(sent, limits, sent.phases.append).run(load)

    return asyncio.run(run())


def test_it_keeps_exactly_so_many_in_flight() -> None:
    sent = Sent()
    drive(sent, closed(5), Limits(0.05, 0.3))
    assert sent.most == 5
    assert sent.phases == [Phase.WARMUP, Phase.WINDOW, Phase.DRAIN]


def test_requests_carry_the_phase_in_which_they_begin() -> None:
    sent = Sent()
    window = drive(sent, closed(2), Limits(0.05, 0.2))
    assert all(ticket.begun_ns < window.begin_ns for ticket in sent.of(Phase.WARMUP))
    assert all(ticket.begun_ns >= window.begin_ns for ticket in sent.of(Phase.WINDOW))
    assert window.seconds == pytest.approx(0.2)


def test_users_begin_one_after_the_other_over_half_of_the_warm_up() -> None:
    sent = Sent(service_s=0.5)
    window = drive(sent, closed(4), Limits(0.4, 0.1))
    first = [ticket.scheduled_ns for ticket in sent.tickets[:4]]
    assert all(after - before >= 49_000_000 for before, after in pairwise(first))
    assert sent.of(Phase.WARMUP)[:4] == sent.tickets[:4]
    assert window.begin_ns - first[0] >= 650_000_000  # the last one's reply is waited for


def test_every_index_is_used_once_and_nothing_begins_before_it_is_due() -> None:
    sent = Sent()
    drive(sent, closed(3), Limits(0.0, 0.1))
    indices = [ticket.index for ticket in sent.tickets]
    assert len({*indices}) == len(indices)
    assert max(indices) < len(indices) + 3  # each user has the next one ready
    assert all(ticket.begun_ns >= ticket.scheduled_ns for ticket in sent.tickets)


def test_a_number_of_requests_ends_the_window_exactly() -> None:
    sent = Sent()
    window = drive(sent, closed(4), Limits(0.0, 60.0, requests=7))
    assert len(sent.of(Phase.WINDOW)) == 7
    assert window.seconds < 60


def test_the_warm_up_waits_for_a_reply_to_every_user() -> None:
    sent = Sent(service_s=0.05)
    drive(sent, closed(3), Limits(0.0, 0.1))
    assert len(sent.of(Phase.WARMUP)) >= 3


def test_the_warm_up_is_not_over_while_one_user_waits() -> None:
    class OneIsSlow(Sent):
        async def __call__(self, ticket: Ticket) -> bool:
            self.service_s = 0.3 if ticket.index == 0 else 0.01
            return await super().__call__(ticket)

    sent = OneIsSlow()
    window = drive(sent, closed(2), Limits(0.0, 0.1))
    assert window.begin_ns - sent.tickets[0].begun_ns >= 300_000_000


def test_users_who_think_ask_so_long_after_their_reply() -> None:
    sent = Sent(service_s=0.02)
    drive(sent, closed(1, think=0.05), Limits(0.0, 0.5))
    first, *others = sent.tickets
    assert len(others) >= 3
    for before, after in pairwise(sent.tickets):
        assert after.scheduled_ns - before.begun_ns >= 70_000_000
        assert after.begun_ns >= after.scheduled_ns
    assert len({ticket.index for ticket in sent.tickets}) == len(sent.tickets)
    assert first.begun_ns >= first.scheduled_ns


def test_users_who_think_are_never_more_than_there_are() -> None:
    sent = Sent(service_s=0.05)
    drive(sent, closed(4, think="exponential:0.02"), Limits(0.0, 0.4))
    assert sent.most <= 4
    assert len({ticket.scheduled_ns for ticket in sent.tickets}) == len(sent.tickets)


def test_load_goes_on_until_the_windows_requests_have_ended() -> None:
    class Uneven(Sent):
        async def __call__(self, ticket: Ticket) -> bool:
            self.service_s = 0.3 if ticket.phase is Phase.WINDOW else 0.01
            return await super().__call__(ticket)

    sent = Uneven()
    drive(sent, closed(2), Limits(0.0, 0.2))
    assert sent.of(Phase.DRAIN)
    assert all(ticket.phase is Phase.DRAIN for ticket in sent.cut)
    assert sent.in_flight.total() == 0


def test_what_has_not_ended_when_the_drain_is_over_is_cut() -> None:
    class Stuck(Sent):
        async def __call__(self, ticket: Ticket) -> bool:
            self.service_s = 60.0 if ticket.phase is Phase.WINDOW else 0.01
            return await super().__call__(ticket)

    sent = Stuck()
    drive(sent, closed(2), Limits(0.0, 0.1, drain_s=0.1))
    assert [ticket.phase for ticket in sent.cut] == [Phase.WINDOW] * 2


def test_a_server_that_never_answers_does_not_hold_the_run_up() -> None:
    sent = Sent(service_s=60.0)
    window = drive(sent, closed(2), Limits(0.0, 0.05, drain_s=0.05))
    assert sent.of(Phase.WINDOW) == []
    assert window.seconds == pytest.approx(0.05)


def test_a_server_that_refuses_at_once_is_not_hammered() -> None:
    sent = Sent(service_s=0.0, answers=False)
    drive(sent, closed(1), Limits(0.0, 0.35))
    assert len(sent.tickets) <= 6


def test_the_end_of_a_run_is_not_lost_on_requests_that_are_just_connecting() -> None:
    class Connecting(Sent):
        async def __call__(self, ticket: Ticket) -> bool:
            await asyncio.sleep(0)
            with anyio.fail_after(5.0):
                await asyncio.sleep(0)
            return await super().__call__(ticket)

    sent = Connecting(service_s=0.0)
    drive(sent, closed(16), Limits(0.0, 0.2))
    assert sent.in_flight.total() == 0


@pytest.mark.parametrize("load", [closed(2), constant(100)], ids=str)
def test_an_error_of_ours_ends_the_run_at_once(load: Load) -> None:
    async def broken(_: Ticket) -> bool:
        raise StoreError("the disk is full")

    async def run() -> None:
        await Driver(broken, Limits(0.0, 60.0)).run(load)

    with pytest.raises(StoreError, match="the disk is full"):
        asyncio.run(run())


def test_open_loop_never_waits_for_the_server() -> None:
    sent = Sent(service_s=60.0)
    drive(sent, constant(200), Limits(0.0, 0.2, drain_s=0.05))
    assert len(sent.of(Phase.WINDOW)) >= 38


def test_open_loop_requests_are_scheduled_by_the_clock_not_by_each_other() -> None:
    sent = Sent(service_s=0.0)
    drive(sent, constant(100), Limits(0.0, 0.3))
    offsets = [ticket.scheduled_ns - sent.tickets[0].scheduled_ns for ticket in sent.tickets]
    assert offsets == [10_000_000 * k for k in range(len(offsets))]
    assert all(ticket.begun_ns >= ticket.scheduled_ns for ticket in sent.tickets)


def test_a_shape_begins_with_the_window() -> None:
    sent = Sent(service_s=0.0)
    load = steps([(50, 0.2), (400, 0.2)])
    window = drive(sent, load, Limits(0.1, 0.4))
    begin_ns = window.begin_ns - 100_000_000
    found = [ticket.scheduled_ns - begin_ns for ticket in sent.tickets]
    offsets = load.offsets(0, 100_000_000)
    assert found == [next(offsets) for _ in found]
    assert len(found) > 60


def test_a_schedule_that_ends_ends_the_window_and_the_run() -> None:
    sent = Sent(service_s=0.1)
    window = drive(sent, Few(5, gap_ns=20_000_000), Limits(0.05, 60.0))
    assert [ticket.phase for ticket in sent.tickets] == [Phase.WINDOW] * 5
    assert window.end_ns > sent.tickets[-1].begun_ns
    assert window.seconds < 30.0
    assert sent.cut == [], "the last one is answered"
    assert sent.phases == [Phase.WARMUP, Phase.WINDOW, Phase.DRAIN]


def test_one_that_ends_before_anything_is_due_ends_too() -> None:
    sent = Sent()
    window = drive(sent, Few(0), Limits(0.05, 60.0))
    assert sent.tickets == []
    assert window.seconds == 0.0


def test_one_that_lasts_longer_than_its_window_is_cut() -> None:
    sent = Sent()
    window = drive(sent, Few(1_000, gap_ns=10_000_000), Limits(0.0, 0.2))
    assert window.seconds == pytest.approx(0.2)
    assert len(sent.tickets) < 1_000


def test_the_same_seed_gives_the_same_schedule() -> None:
    schedules = []
    for _ in range(2):
        sent = Sent(service_s=0.0)
        drive(sent, poisson(100), Limits(0.0, 0.2))
        schedules.append([ticket.scheduled_ns - sent.tickets[0].scheduled_ns for ticket in sent.tickets])
    both = min(map(len, schedules))
    assert both > 5
    assert schedules[0][:both] == schedules[1][:both]


def test_a_schedule_that_cannot_be_kept_still_lets_requests_be_sent() -> None:
    sent, begun = Sent(service_s=0.0), []

    def prepare(index: int) -> None:
        begun.append(index)
        time.sleep(0.005)  # longer than the gap between two arrivals, so every one is late

    async def run() -> Window:
        return await Driver(sent, Limits(0.0, 0.1, drain_s=1.0), prepare=prepare).run(constant(1_000))

    asyncio.run(run())
    assert len(sent.tickets) >= 2
    assert len(begun) <= len(sent.tickets) + 2
