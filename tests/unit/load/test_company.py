from __future__ import annotations

import asyncio

import pytest

from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.load.company import Alone, Point, Together
from pytest_fmbench.load.engine import Message
from pytest_fmbench.load.share import Share


def test_who_is_alone_waits_for_nobody() -> None:
    before = monotonic_ns()
    assert before <= asyncio.run(Alone().meet(Point.WARM)) <= monotonic_ns()
    assert Alone().full()


def test_who_is_not_says_where_it_is_and_goes_on_when_it_is_told() -> None:
    told: list[Message] = []

    async def meet() -> int:
        company = Together(Share(1, 2), told.append, lambda: None)
        asyncio.get_running_loop().call_soon(company.go, Point.WARM, 7)
        return await company.meet(Point.WARM)

    assert asyncio.run(meet()) == 7
    assert told == [{"event": "at", "point": "warm"}]


def test_to_be_told_to_go_on_once_all_is_broken_does_no_harm() -> None:
    async def run() -> None:
        company = Together(Share(), lambda _: None, lambda: None)
        meeting = asyncio.ensure_future(company.meet(Point.WARM))
        await asyncio.sleep(0)
        meeting.cancel()
        await asyncio.wait([meeting])
        company.go(Point.WARM, 7)

    asyncio.run(run())


@pytest.mark.parametrize(("share", "ends", "told"), [(Share(0, 1), True, []), (Share(0, 2), False, ["full"])])
def test_only_the_one_worker_ends_the_window_by_itself(share: Share, ends: bool, told: list[str]) -> None:
    said: list[str] = []
    assert Together(share, lambda _: None, lambda: said.append("full")).full() is ends
    assert said == told
