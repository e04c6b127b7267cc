"""What a run cut off is over before the next one begins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_fmbench.catalog import DIALECTS, METRICS
from pytest_fmbench.errors import EnvironmentFault
from pytest_fmbench.load.arrivals import Load, closed, constant
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.load.threads import InProcess
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.platforms.url import RunningServer
from pytest_fmbench.runs.cap import TokenCap
from pytest_fmbench.runs.measure import Measuring, Question, measure
from pytest_fmbench.runs.observer import Observer
from pytest_fmbench.runs.ready import leftovers
from pytest_fmbench.runs.ready.asking import Asking
from pytest_fmbench.runs.ready.leftovers import Leftovers
from pytest_fmbench.runs.ready.preflight import short_prompt
from pytest_fmbench.runs.run import Run
from pytest_fmbench.testing import Mock, every, faulty, healthy, limited, serving, stall, status
from pytest_fmbench.testing import constant as seconds
from pytest_fmbench.workloads.chat import chat
from tests.support.records import measured, record

TOOK_S = 0.1
"""A reply of the mock, which makes one at a time, and each that was asked for."""


class Listening(Observer):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, line: str) -> None:
        self.said.append(line)


@pytest.fixture
def mock() -> Iterator[Mock]:
    with serving(limited(healthy("openai-chat", ttft=seconds(TOOK_S)), 1)) as server:
        yield server


def server_of(mock: Mock) -> RunningServer:
    return RunningServer(Endpoint(f"{mock.url}/v1", "m", "openai-chat"))


def asked_s(mock: Mock, run: Run) -> list[float]:
    """How long the mock let each request of a run wait, by its schedule."""
    mine = set(run.requests["request_id"].to_pylist())
    return [(one.due_ns[0] - one.read_ns) / 1e9 for one in mock.truths() if one.request_id in mine and one.due_ns]


def test_a_run_begins_when_the_server_is_through_with_what_the_run_before_cut_off(mock: Mock, tmp_path: Path) -> None:
    listening, server = Listening(), server_of(mock)
    how = Measuring(DIALECTS, METRICS, 0.95, listening, TokenCap(None), InProcess())

    def run(load: Load, limits: Limits) -> Run:
        return measure(Question("a run", chat(4), load, limits), server, tmp_path / "case", how, input_tokens=9)

    over = run(constant(100), Limits(0.0, 0.15, drain_s=0.0))
    assert over.requests["status"].to_pylist().count("censored") > 5
    after = run(closed(1), Limits(0.0, 60.0, requests=3))
    assert max(asked_s(mock, after)) < 2 * TOOK_S
    assert "requests that the run before cut off" in " ".join(listening.said)


def test_where_nothing_was_cut_off_nothing_is_asked(mock: Mock) -> None:
    left, server = Leftovers(), server_of(mock)
    left.note(server, measured(record((1_000,))))
    left.wait_out(server, DIALECTS["openai-chat"](), chat(4), print)
    assert not mock.asked


def test_a_server_is_asked_once_for_what_was_cut_off_and_nothing_is_told_if_it_answers_at_once(
    mock: Mock, capsys: pytest.CaptureFixture[str]
) -> None:
    left, server = Leftovers(), server_of(mock)
    left.note(server, measured(record((), status="censored", error="censored: the run ended first")))
    for _ in range(2):
        left.wait_out(server, DIALECTS["openai-chat"](), chat(64), print)
    assert [one.json["max_tokens"] for one in mock.asked] == [4]
    assert not capsys.readouterr().out


def test_a_run_that_broke_off_may_have_left_something(mock: Mock) -> None:
    left, server = Leftovers(), server_of(mock)
    left.begins(server)
    left.wait_out(server, DIALECTS["openai-chat"](), chat(4), print)
    assert len(mock.asked) == 1


def test_one_that_ended_and_was_answered_left_nothing(mock: Mock) -> None:
    left, server = Leftovers(), server_of(mock)
    left.begins(server)
    left.note(server, measured(record((1_000,))))
    left.wait_out(server, DIALECTS["openai-chat"](), chat(4), print)
    assert not mock.asked


@pytest.mark.parametrize("code", [429, 503])
def test_a_server_that_refuses_is_asked_again(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "_PAUSE_S", 0.01)
    left = Leftovers()
    with serving(faulty(healthy("openai-chat"), every(4, status(code)))) as mock:
        server, others = server_of(mock), Asking(server_of(mock).endpoint, DIALECTS["openai-chat"]())
        for _ in range(3):
            others.ask(short_prompt(chat(4), seed=0))
        left.begins(server)
        left.wait_out(server, DIALECTS["openai-chat"](), chat(4), print)
        assert len(mock.asked) == 5


def test_a_server_that_does_nothing_but_refuse_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "_PAUSE_S", 0.01)
    monkeypatch.setattr(leftovers, "_REFUSED_S", 0.05)
    left = Leftovers()
    with serving(faulty(healthy("openai-chat"), status(503, "the queue is full"))) as mock:
        left.begins(server_of(mock))
        left.note(server := server_of(mock), measured(record((), status="censored")))
        with pytest.raises(EnvironmentFault, match=r"still busy after .*503.*the queue is full"):
            left.wait_out(server, DIALECTS["openai-chat"](), chat(4), print)
    assert len(mock.asked) > 1


def test_a_server_that_does_not_come_to_an_end_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "_PATIENCE_S", 0.2)
    monkeypatch.setattr(leftovers, "_REFUSED_S", 0.0)
    left = Leftovers()
    with serving(faulty(healthy("openai-chat"), stall(0, 30.0))) as mock:
        server = server_of(mock)
        left.note(server, measured(*(record((), status="censored") for _ in range(7))))
        with pytest.raises(EnvironmentFault, match="maybe with 7 requests that the run before cut off"):
            left.wait_out(server, DIALECTS["openai-chat"](), chat(4), print)
