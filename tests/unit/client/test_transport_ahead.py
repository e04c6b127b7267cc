"""What a transport does ahead of time, and when nobody need be awake."""

from __future__ import annotations

import asyncio

import pytest

from pytest_fmbench.client import stamps
from pytest_fmbench.client.message import message_of
from pytest_fmbench.client.transport import RecordingTransport
from pytest_fmbench.model.exchange import Recording
from tests.support.mock_server import chat_reply, serving
from tests.support.transports import asked, record

pytestmark = pytest.mark.usefixtures("way", "no_descriptor_is_left")


@pytest.mark.parametrize("stamped", [True, False])
def test_nobody_need_be_awake_for_a_stream_that_the_kernel_stamps(
    stamped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def paused(url: str) -> list[float]:
        transport = RecordingTransport()
        before_s = transport.pause_s()
        await record(transport, url)
        after_s = transport.pause_s()
        await transport.aclose()
        return [before_s, after_s, transport.pause_s(), transport.clock_step_ns]

    if not stamped:
        monkeypatch.setattr(stamps, "enable", lambda _: False)
    elif not stamps.available():
        pytest.skip("this kernel stamps nothing")
    with serving(lambda _: chat_reply(gap_s=0.002)) as mock:
        before_s, after_s, closed_s, step_ns = asyncio.run(paused(mock.url))
    assert (before_s, after_s, closed_s, step_ns) == (0.0, 0.001 if stamped else 0.0, 0.0, 0)


@pytest.mark.skipif(not stamps.available(), reason="this kernel stamps nothing")
def test_it_rests_longer_where_few_of_many_streams_say_something() -> None:
    async def paused(url: str) -> float:
        async with RecordingTransport() as transport:
            silent = [Recording() for _ in range(90)]
            tasks = [asyncio.ensure_future(transport.record(asked(url), one)) for one in silent]
            while not all(one.arrivals for one in silent):  # noqa: ASYNC110  # a recording sets no event
                await asyncio.sleep(0.01)
            while transport.pause_s():  # noqa: ASYNC110  # what else there is of them comes, and sets no event
                await asyncio.sleep(0.2)
            await asyncio.gather(record(transport, url + "/talk"), record(transport, url + "/talk"))
            pause_s = transport.pause_s()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return pause_s

    with serving(lambda asked: chat_reply(2, 0.0 if "talk" in asked.head else 60.0)) as mock:
        assert asyncio.run(paused(mock.url)) == 0.002


def test_a_connection_may_be_made_before_it_is_needed() -> None:
    async def ask(url: str) -> tuple[list[int], list[int]]:
        async with RecordingTransport() as transport:
            first, second = Recording(), Recording()
            transport.make_ready(message_of(asked(url)))
            transport.make_ready(message_of(asked("http://127.0.0.1:1/")))  # nobody is there, which is no error yet
            while not mock.connections:  # noqa: ASYNC110  # it sets no event
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)  # so that we know of it too
            await transport.record(asked(url), first)
            transport.make_ready(message_of(asked(url)))  # there is one, so that none is made
            await transport.record(asked(url), second)
            return [first.connect_ns, second.connect_ns], [one.nth for one in mock.asked]

    with serving(lambda _: chat_reply()) as mock:
        assert asyncio.run(ask(mock.url)) == ([0, 0], [0, 1])


def test_no_connection_is_made_ready_where_each_request_gets_its_own() -> None:
    async def ask(url: str) -> int:
        async with RecordingTransport(fresh=True) as transport:
            recording = Recording()
            transport.make_ready(message_of(asked(url)))
            await transport.record(asked(url), recording)
            return recording.connect_ns

    with serving(lambda _: chat_reply()) as mock:
        assert asyncio.run(ask(mock.url)) > 0
        assert mock.connections == 1
