from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.errors import StoreError
from pytest_fmbench.load.engine import QUIT, Hear, Message
from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.runs.crew.decoder import DecodePlan, decode_spools
from pytest_fmbench.store.spool import SpoolWriter
from pytest_fmbench.store.table import read_measurement
from tests.support.mock_server import chat_reply

REPLY = b"".join(step for step in chat_reply(tokens=4) if isinstance(step, bytes))


class Parent:
    """Hears a decoder, and answers each message with what ``answer`` makes of it, where that is something."""

    def __init__(self, answer: Callable[[Message], Message | None]) -> None:
        self._answer = answer
        self.heard: list[Message] = []
        self.places: list[str] = []
        self._hear: Hear = lambda _: None

    def tell(self, message: Message) -> None:
        self.heard.append(message)
        answer = self._answer(message)
        if answer is not None:
            self._hear(answer)

    def listen(self, hear: Hear) -> None:
        self._hear = hear

    def stand_back(self) -> None:
        self.places.append("back")

    def come_forward(self) -> None:
        self.places.append("forward")

    def go_on(self, within_s: float) -> None:
        raise AssertionError(within_s)

    def figures(self) -> list[int]:
        return [message["done"] for message in self.heard if message["event"] == "decoded"]


class Spools:
    """Two spools in a folder, and the plan to decode them."""

    def __init__(self, folder: Path, requests: int | None = None) -> None:
        self.paths = folder / "spool", folder / "spool.1"
        for path in self.paths:
            path.touch()
        self.plan = DecodePlan(OpenAIChat(), self.paths, folder / "requests.parquet", requests)

    def add(self, worker: int, *begun: int) -> None:
        with closing(SpoolWriter(self.paths[worker])) as writer:
            for at in begun:
                recording = Recording(sent_ns=at, done_ns=at + 5, end=End.COMPLETE)
                recording.note(at + 5, at, REPLY)
                writer.append(Exchange(f"r{at}", Ticket(at, Phase.WINDOW, at, at), recording, worker=worker))


@pytest.fixture
def spools(tmp_path: Path) -> Spools:
    return Spools(tmp_path)


def test_figures_come_while_there_is_load_and_what_comes_last_is_in_the_table(spools: Spools) -> None:
    def answer(message: Message) -> Message | None:
        if message["event"] != "decoded" or message["done"] < 3 or len(parent.figures()) > 4:
            return None
        spools.add(1, 40)  # as a request that the load's end cuts off
        return {"event": "end", "window": [15, 35]}

    parent = Parent(answer)
    spools.add(0, 10, 30)
    spools.add(1, 20)
    decode_spools(spools.plan, parent)
    found = read_measurement(spools.plan.table)
    assert parent.figures()[-1] == found.requests.num_rows >= 4
    assert found.requests["worker"].to_pylist()[:4] == [0, 1, 0, 1]
    assert found.requests["phase"].to_pylist()[:4] == ["warmup", "window", "window", "drain"]
    assert found.window == Window(15, 35)
    assert [message["event"] for message in (parent.heard[0], parent.heard[-1])] == ["at", "written"]


def test_the_window_ends_with_the_last_of_so_many_requests_of_all_workers(tmp_path: Path) -> None:
    spools = Spools(tmp_path, requests=3)
    spools.add(0, 10, 30, 50)
    spools.add(1, 20, 40)
    decode_spools(
        spools.plan, Parent(lambda one: {"event": "end", "window": [5, 100]} if one["event"] == "at" else None)
    )
    found = read_measurement(spools.plan.table)
    assert found.window_requests["begun_ns"].to_pylist() == [10, 20, 30]
    assert found.window == Window(5, 31)


def test_who_is_told_to_quit_writes_nothing(spools: Spools) -> None:
    spools.add(0, 10)
    parent = Parent(lambda one: {"event": QUIT} if one["event"] == "at" else None)
    decode_spools(spools.plan, parent)
    assert not spools.plan.table.exists()
    assert "written" not in [message["event"] for message in parent.heard]


def test_a_spool_that_cannot_be_read_is_told(spools: Spools) -> None:
    spools.paths[1].unlink()
    with pytest.raises(StoreError, match=r"cannot read the spool .*spool\.1"):
        decode_spools(spools.plan, Parent(lambda _: None))


def test_it_stands_back_unless_it_is_late(spools: Spools) -> None:
    now_ns = monotonic_ns()
    spools.add(0, 10)  # long ago
    spools.add(1, now_ns)
    parent = Parent(lambda message: {"event": QUIT} if message.get("done") == 2 else None)
    decode_spools(spools.plan, parent)
    assert parent.places == ["back", "forward", "back"]
