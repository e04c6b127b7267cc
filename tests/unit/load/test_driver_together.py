"""Several drivers that share a load, here in one event loop."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest

from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.load.arrivals import Load, closed, poisson
from pytest_fmbench.load.company import Point
from pytest_fmbench.load.driver import Driver, Limits
from pytest_fmbench.load.share import Share, shares
from pytest_fmbench.model.exchange import Phase, Ticket
from pytest_fmbench.model.measurement import Window
from tests.support.schedules import Few

_AHEAD_NS = 10_000_000


class Meeting:
    """Where ``of`` drivers wait for each other."""

    def __init__(self, of: int) -> None:
        self.of, self.full = of, 0
        self.at = Counter[Point]()
        self.go: dict[Point, asyncio.Future[int]] = {}

    async def meet(self, point: Point) -> int:
        go = self.go.setdefault(point, asyncio.get_running_loop().create_future())
        self.at[point] += 1
        if self.at[point] == self.of:
            go.set_result(monotonic_ns() + _AHEAD_NS)
        return await go


class One:
    """The company of one of them."""

    def __init__(self, share: Share, meeting: Meeting) -> None:
        self.share, self._meeting = share, meeting

    async def meet(self, point: Point) -> int:
        return await self._meeting.meet(point)

    def full(self) -> bool:
        self._meeting.full += 1
        return False


class Run:
    """Drives ``load`` with several drivers; ``sent`` are the tickets of each."""

    def __init__(self, load: Load, limits: Limits, workers: int, service_s: float = 0.005) -> None:
        self.load, self.limits, self.service_s = load, limits, service_s
        self.parts = shares(load, workers)
        self.sent: list[list[Ticket]] = [[] for _ in self.parts]
        self.cut: list[Ticket] = []
        self.meeting = Meeting(len(self.parts))
        self.drivers: list[Driver] = []

    def drive(self, stop_after_s: float | None = None) -> list[Window]:
        async def run() -> list[Window]:
            self.drivers = [self._driver(part) for part in self.parts]
            running = [asyncio.create_task(driver.run(self.load, seed=5)) for driver in self.drivers]
            if stop_after_s is not None:
                await asyncio.sleep(stop_after_s)
                for driver in self.drivers:
                    driver.stop()
            return list(await asyncio.gather(*running))

        return asyncio.run(run())

    def _driver(self, share: Share) -> Driver:
        async def send(ticket: Ticket) -> bool:
            self.sent[share.nth].append(ticket)
            try:
                await asyncio.sleep(self.service_s)
            except asyncio.CancelledError:
                self.cut.append(ticket)
                raise
            return True

        return Driver(send, self.limits, company=One(share, self.meeting))

    def all(self) -> list[Ticket]:
        return sorted((ticket for tickets in self.sent for ticket in tickets), key=lambda ticket: ticket.index)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_together_they_send_the_one_schedule(workers: int) -> None:
    run = Run(poisson(200), Limits(0.0, 0.2), workers)
    windows = run.drive()
    begin_ns = run.meeting.go[Point.START].result()
    scheduled = [ticket.scheduled_ns - begin_ns for ticket in run.all() if ticket.phase is Phase.WINDOW]
    offsets = poisson(200).offsets(5)
    assert len(scheduled) > 10
    assert scheduled == [next(offsets) for _ in scheduled]
    assert windows == [Window(begin_ns, begin_ns + 200_000_000)] * workers


@pytest.mark.parametrize(("count", "workers"), [(7, 2), (7, 3), (2, 4)])
def test_a_schedule_that_ends_has_one_end_for_all(count: int, workers: int) -> None:
    run = Run(Few(count, gap_ns=20_000_000), Limits(0.0, 60.0), workers)
    windows = run.drive()
    assert windows == [windows[0]] * workers
    assert windows[0].seconds < 30.0
    assert [ticket.phase for ticket in run.all()] == [Phase.WINDOW] * count
    assert run.cut == []


@pytest.mark.parametrize("workers", [2, 3])
def test_they_have_one_window_and_phases_agree_with_it(workers: int) -> None:
    run = Run(closed(5), Limits(0.02, 0.2), workers)
    windows = run.drive()
    assert windows == [windows[0]] * workers
    for ticket in run.all():
        assert (ticket.phase is Phase.WARMUP) == (ticket.begun_ns < windows[0].begin_ns)
        assert (ticket.phase is Phase.DRAIN) == (ticket.begun_ns >= windows[0].end_ns)


def test_users_are_split_and_no_two_requests_are_the_same() -> None:
    run = Run(closed(5), Limits(0.0, 0.1), 2)
    run.drive()
    assert [ticket.index % 2 for ticket in run.sent[1]] == [1] * len(run.sent[1])
    assert len({ticket.index for ticket in run.all()}) == len(run.all())
    assert all(len(tickets) > 5 for tickets in run.sent)


def test_one_that_has_begun_its_part_of_the_requests_goes_on_until_it_is_stopped() -> None:
    run = Run(closed(2), Limits(0.0, 0.2, requests=3), 2)
    windows = run.drive()
    assert run.meeting.full == 2
    assert [window.seconds for window in windows] == [pytest.approx(0.2)] * 2


def test_a_stop_ends_the_window_and_cancels_none_of_its_requests() -> None:
    run = Run(closed(3), Limits(0.0, 60.0), 1, service_s=0.05)
    (window,) = run.drive(stop_after_s=0.3)
    of_window = [ticket for ticket in run.all() if ticket.phase is Phase.WINDOW]
    assert 0 < window.seconds < 60
    assert of_window
    assert all(window.begin_ns <= ticket.begun_ns < window.end_ns for ticket in of_window)
    assert all(ticket.phase is Phase.DRAIN for ticket in run.cut)


def test_load_goes_on_until_all_have_drained() -> None:
    run = Run(closed(2), Limits(0.0, 0.1), 2, service_s=0.02)
    run.drive()
    last_ns = max(ticket.begun_ns for ticket in run.all() if ticket.phase is Phase.WINDOW)
    assert all(max(ticket.begun_ns for ticket in tickets) >= last_ns for tickets in run.sent)


class Bursts:
    """As a replay of coarse times: nine requests, the last six at one time."""

    shape_s = 1.0

    def offsets(self, seed: int, lead_ns: int = 0) -> Iterator[int]:  # noqa: ARG002  # nothing is drawn
        return iter([0, 10_000_000, 20_000_000, *[60_000_000] * 6])


@pytest.mark.parametrize("workers", [1, 2, 4, 12])
def test_requests_that_are_due_at_one_time_are_all_sent_and_answered(workers: int) -> None:
    run = Run(Bursts(), Limits(0.0, 60.0), workers, service_s=0.05)
    windows = run.drive()
    begin_ns = run.meeting.go[Point.START].result()
    assert windows == [windows[0]] * workers
    assert windows[0].seconds < 30
    assert [ticket.scheduled_ns - begin_ns for ticket in run.all()] == list(Bursts().offsets(0))
    assert {ticket.phase for ticket in run.all()} == {Phase.WINDOW}
    assert run.cut == []
