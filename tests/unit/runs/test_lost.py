"""A server that was lost in a run which ended before anybody saw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pytest_fmbench.catalog import DIALECTS, METRICS
from pytest_fmbench.client.decoding import decode
from pytest_fmbench.errors import LaunchError
from pytest_fmbench.load.arrivals import closed
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.load.threads import InProcess
from pytest_fmbench.model.conditions import Plain
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.runs.cap import TokenCap
from pytest_fmbench.runs.measure import Measuring, Question, measure
from pytest_fmbench.runs.observer import Observer
from pytest_fmbench.runs.qualities.inquiry import Inquiry
from pytest_fmbench.runs.run import Run
from pytest_fmbench.store.spool import read_spool
from pytest_fmbench.workloads.chat import chat
from tests.support.mock_server import chat_reply, serving


@dataclass
class OnSpot:
    """Its instance is gone, which a look tells that nobody has taken.

    :ivar looks: how often it was looked.
    """

    endpoint: Endpoint
    gone: str | None
    foreign: bool = False
    version: str = "1"
    facts: Mapping[str, Plain] = field(default_factory=dict)
    looks: int = 0

    def failure(self) -> str | None:
        return None

    def failure_now(self) -> str | None:
        self.looks += 1
        return self.gone

    def log_tail(self) -> tuple[str, ...]:
        return ("its last line",)

    def stop(self) -> None:
        return


@dataclass(frozen=True)
class Live:
    """Has its server already."""

    server: OnSpot


def measured(server: OnSpot, folder: Path) -> Run:
    how = Measuring(DIALECTS, METRICS, 0.95, Observer(), TokenCap(None), InProcess(), 1)
    question = Question("a run", chat(4), closed(2), Limits(0.0, 60.0, requests=4))
    return measure(question, server, folder, how, input_tokens=9)


def test_failed_requests_of_an_instance_that_was_taken_back_are_no_result(tmp_path: Path) -> None:
    server = OnSpot(Endpoint("http://127.0.0.1:9/v1", "m", "openai-chat"), "AWS took the spot instance i-1 back")
    with pytest.raises(LaunchError, match="AWS took the spot instance i-1 back in the middle of the run") as caught:
        measured(server, tmp_path / "case")
    assert caught.value.log_tail == ("its last line",)
    assert [path.name for path in (tmp_path / "case").iterdir()] == ["requests.parquet"]


def test_those_of_one_that_is_there_are_its_own(tmp_path: Path) -> None:
    server = OnSpot(Endpoint("http://127.0.0.1:9/v1", "m", "openai-chat"), None)
    rows = measured(server, tmp_path / "case").requests.to_pylist()
    assert {row["status"] for row in rows if row["phase"] == "window"} == {"failed"}
    assert server.looks == 1


def test_where_nothing_fails_nobody_looks(tmp_path: Path) -> None:
    with serving(lambda _: chat_reply(tokens=4, gap_s=0.001)) as mock:
        server = OnSpot(Endpoint(f"{mock.url}/v1", "m", "openai-chat"), "it would be gone")
        rows = measured(server, tmp_path / "case").requests.to_pylist()
    assert {row["status"] for row in rows if row["phase"] == "window"} == {"ok"}
    assert server.looks == 0


def test_items_that_one_was_lost_at_are_no_answers_and_may_be_asked_again(tmp_path: Path) -> None:
    server = OnSpot(Endpoint("http://127.0.0.1:9/v1", "m", "openai-chat"), "AWS took the spot instance i-1 back")
    how = Measuring(DIALECTS, METRICS, 0.95, Observer(), TokenCap(None), InProcess(), 1)
    dialect = DIALECTS["openai-chat"]()
    inquiry = Inquiry(how, Live(server), dialect, tmp_path, {})
    left = [(nth, Prompt((Message("user", "?"),), max_tokens=1)) for nth in range(2)]
    with pytest.raises(LaunchError, match="AWS took the spot instance i-1 back in the middle of the run"):
        inquiry.ask(left, 1, lambda spool: [decode(one, dialect) for one in read_spool(spool)])
    assert [len([*read_spool(spool)]) for spool in inquiry.before()] == [2]
