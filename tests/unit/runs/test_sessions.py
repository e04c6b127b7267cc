"""Whole runs of sessions, against a server whose every turn is known."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.catalog import DIALECTS, METRICS
from pytest_fmbench.errors import NotMeasured, WorkerError
from pytest_fmbench.load.arrivals import closed, constant
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.load.engine import Engine
from pytest_fmbench.load.processes import Processes
from pytest_fmbench.load.threads import InProcess
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.model.session import Outcome, Talk
from pytest_fmbench.model.task import THINKING
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.runs.cap import TokenCap
from pytest_fmbench.runs.crew.standing import Decoded
from pytest_fmbench.runs.measure import Measuring, Question, measure
from pytest_fmbench.runs.observer import Observer
from pytest_fmbench.runs.run import Run
from pytest_fmbench.store.spool import SpoolReader
from pytest_fmbench.workloads.conversations.multiturn import multiturn
from tests.support.conversing import TOO_LONG, healthy, messages_in, remembering, turn_of
from tests.support.mock_server import MockServer, Step, plain, serving
from tests.unit.runs.test_measure import Somebodys

pytestmark = pytest.mark.lasting

ENGINES = pytest.mark.parametrize(
    ("engine", "workers"), [(Processes(), 2), (InProcess(), 1)], ids=["two processes", "a thread"]
)
Row = dict[str, Any]


@pytest.fixture
def mock() -> Iterator[MockServer]:
    with serving(remembering(breaks=healthy)) as server:
        yield server


@dataclass
class Case:
    """Puts questions to a server; ``folder`` holds the records."""

    mock: MockServer
    folder: Path
    engine: Engine = field(default_factory=InProcess)
    workers: int = 1

    def __call__(
        self,
        workload: Workload,
        limits: Limits,
        load: Any = closed(2),  # noqa: B008  # any load; frozen
        cap: int | None = None,
        **asked: Any,  # of the question
    ) -> Run:
        server = Somebodys(Endpoint(f"{self.mock.url}/v1", "m", "openai-chat"))
        how = Measuring(DIALECTS, METRICS, 0.95, Observer(), TokenCap(cap), self.engine, self.workers)
        return measure(Question("a run", workload, load, limits, **asked), server, self.folder, how, input_tokens=9)


@pytest.fixture
def case(mock: MockServer, tmp_path: Path) -> Case:
    return Case(mock, tmp_path / "case")


def tasks_of(run: Run, phase: str | None = None) -> list[Row]:
    assert run.tasks is not None
    return [row for row in run.tasks.to_pylist() if phase in (None, row["phase"])]


def by_session(run: Run) -> dict[str, list[Row]]:
    """The requests of each session, in order of their turns."""
    found = defaultdict(list)
    for row in run.requests.to_pylist():
        found[row["session_id"]].append(row)
    return {name: sorted(rows, key=lambda row: int(row["turn"])) for name, rows in found.items()}


@ENGINES
def test_a_task_is_what_its_requests_are(case: Case, engine: Engine, workers: int) -> None:
    run = replace(case, engine=engine, workers=workers)(multiturn(3), Limits(0.0, 60.0, requests=18), closed(2))
    requests = by_session(run)
    for task in tasks_of(run, "window"):
        mine = requests[task["session_id"]]
        assert (task["end"], task["success"], task["error"]) == ("done", True, None)
        assert [row["turn"] for row in mine] == [0, 1, 2]
        assert task["requests"] == 3
        assert task["failed_requests"] == 0
        for name in ("input_tokens", "output_tokens", "cached_tokens"):
            assert task[name] == sum(row[name] for row in mine)
        assert task["begun_ns"] <= mine[0]["begun_ns"]
        assert mine[0]["scheduled_ns"] == task["scheduled_ns"]
        assert task["done_ns"] >= mine[-1]["done_ns"]
        assert {row["worker"] for row in mine} == {task["worker"]}
        assert all(after["begun_ns"] >= before["done_ns"] for before, after in itertools.pairwise(mine))
    assert {task["worker"] for task in tasks_of(run)} == set(range(workers))
    inside = [row for row in run.requests.to_pylist() if row["phase"] == "window"]
    assert len(inside) == 18
    assert len({row["request_id"] for row in run.requests.to_pylist()}) == run.requests.num_rows


def test_each_turn_asks_with_all_that_was_said(case: Case) -> None:
    case(multiturn(3, system_tokens=0), Limits(0.0, 60.0, requests=6), closed(1))
    third = next(messages_in(asked) for asked in case.mock.asked if turn_of(asked) == 3)
    assert [message["role"] for message in third] == ["user", "assistant"] * 2 + ["user"]
    assert [message["content"] for message in third if message["role"] == "assistant"] == ["1.0 1.1 ", "2.0 2.1 "]


def test_cache_hits_are_what_the_server_says(case: Case) -> None:
    run = case(multiturn(2), Limits(0.0, 60.0, requests=24))
    inside = [row for row in run.requests.to_pylist() if row["phase"] == "window" and row["status"] == "ok"]
    share = sum(row["cached_tokens"] for row in inside) / sum(row["input_tokens"] for row in inside)
    assert float(run.prefix_cache.hit) == pytest.approx(share)
    assert share > 0.2


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_same_sessions_whatever_the_number_of_workers(case: Case, workers: int) -> None:
    run = replace(case, engine=Processes(), workers=workers)(
        multiturn(2), Limits(0.0, 60.0, requests=24), closed(3), seed=5
    )
    asked = {request.header("x-request-id"): messages_in(request) for request in case.mock.asked if request.body}
    for name, rows in by_session(run).items():
        index = int(name.removeprefix("0."))
        expected = [turn.question for turn in multiturn(2).session(index, 5).turns]  # type: ignore[attr-defined]  # ours
        for row in rows:
            if row["sent_ns"] is not None and row["request_id"] in asked:
                users = [one["content"] for one in asked[row["request_id"]] if one["role"] == "user"]
                assert users == expected[: row["turn"] + 1]
    assert sorted(int(name.removeprefix("0.")) for name in by_session(run))[:6] == list(range(6))


def test_thinking_and_tools_are_spans_between_requests(case: Case) -> None:
    run = case(UsesTools(), Limits(0.0, 60.0, requests=8))
    requests = by_session(run)
    for task in tasks_of(run, "window"):
        assert task["span_name"] == [THINKING, "search", "fetch"]
        assert task["span_error"] == [None, None, "no such page"]
        lengths = [end - begin for begin, end in zip(task["span_begin_ns"], task["span_end_ns"], strict=True)]
        assert all(length >= wanted for length, wanted in zip(lengths, (20e6, 10e6, 5e6), strict=True))
        assert (task["think_ns"], task["tool_ns"]) == (lengths[0], sum(lengths[1:]))
        first, second = requests[task["session_id"]]
        assert first["done_ns"] <= task["span_begin_ns"][0]
        assert task["span_end_ns"][-1] <= second["begun_ns"]
        assert (task["tool_calls"], task["valid_tool_calls"], task["success"]) == (2, 1, None)
    assert float(run.tool_calls.valid) == pytest.approx(0.5)
    assert float(run.task.tool_time.mean) >= 0.015


@dataclass(frozen=True)
class UsesTools:
    """Sessions of two requests; after the first a person thinks, then two tools work."""

    def session(self, index: int, seed: int) -> UsesTools:  # noqa: ARG002  # all are alike
        return self

    async def carry_out(self, talk: Talk) -> Outcome:
        prompt = Prompt((Message("user", "begin"),), 4)
        await talk.ask(prompt)
        await talk.think(0.02)
        await talk.use("search", 0.01)
        await talk.use("fetch", 0.005, "no such page")
        await talk.ask(prompt)
        return Outcome(tool_calls=2, valid_tool_calls=1)


@dataclass(frozen=True)
class Several(UsesTools):
    """Sessions that ask three at once, as sub-agents do."""

    async def carry_out(self, talk: Talk) -> Outcome:
        await asyncio.gather(*(talk.ask(Prompt((Message("user", f"part {nth}"),), 4)) for nth in range(3)))
        return Outcome()


def test_a_session_may_ask_several_at_once(case: Case) -> None:
    case.mock.script = remembering(gap_s=0.05, breaks=healthy)
    run = case(Several(), Limits(0.0, 60.0, requests=12))
    for task in tasks_of(run, "window"):
        mine = by_session(run)[task["session_id"]]
        assert sorted(row["turn"] for row in mine) == [0, 1, 2]
        assert max(row["begun_ns"] for row in mine) < min(row["done_ns"] for row in mine)


@dataclass(frozen=True)
class Raises(UsesTools):
    """Sessions with a mistake of their author's."""

    async def carry_out(self, talk: Talk) -> Outcome:
        await talk.ask(Prompt((Message("user", "begin"),), 4))
        raise ZeroDivisionError("of the session's own")


@ENGINES
def test_a_session_that_raises_ends_the_run_with_its_error(case: Case, engine: Engine, workers: int) -> None:
    with pytest.raises(WorkerError, match="of the session's own"):
        replace(case, engine=engine, workers=workers)(Raises(), Limits(0.0, 60.0))


BROKEN: list[tuple[Sequence[Step], str, str]] = [
    ([None], "refused", "truncated"),
    (plain(500, '{"error": "overloaded"}'), "refused", "status: 500"),
    (plain(400, TOO_LONG), "context", "status: 400"),
]


@pytest.mark.parametrize(("steps", "end", "error"), BROKEN, ids=["reset", "status", "context"])
def test_a_server_that_fails_in_turn_3_ends_the_session(
    case: Case, steps: Sequence[Step], end: str, error: str
) -> None:
    case.mock.script = remembering(breaks=lambda turn: steps if turn == 3 else None)
    run = case(multiturn(5), Limits(0.0, 60.0, requests=18))
    whole = tasks_of(run, "window")
    assert whole
    for task in whole:
        assert (task["end"], task["success"]) == (end, False)
        assert (task["requests"], task["failed_requests"]) == (3, 1)
        assert task["error"].startswith(error)
    assert float(run.task.success) == 0.0
    assert run.task.e2e.mean.n == 0
    failed = [row for row in run.requests.to_pylist() if row["status"] == "failed"]
    assert {row["turn"] for row in failed} == {2}


def test_the_drain_waits_for_sessions_and_load_goes_on(case: Case) -> None:
    case.mock.script = remembering(gap_s=0.02, breaks=healthy)
    run = case(multiturn(6), Limits(0.0, 0.3), constant(10))
    inside = tasks_of(run, "window")
    assert inside
    assert {task["end"] for task in inside} == {"done"}
    late = [row for rows in by_session(run).values() for row in rows if row["phase"] == "drain"]
    assert {row["session_id"] for row in late} & {task["session_id"] for task in inside}
    assert tasks_of(run, "drain")
    assert {task["end"] for task in tasks_of(run, "drain")} <= {"done", "censored"}


def test_a_session_that_outlasts_the_drain_is_censored(case: Case) -> None:
    run = case(multiturn(2, think="50s"), Limits(0.0, 0.3, drain_s=0.2), constant(10))
    inside = tasks_of(run, "window")
    assert inside
    for task in inside:
        assert (task["end"], task["done_ns"], task["success"]) == ("censored", None, None)
        assert (task["requests"], task["failed_requests"]) == (1, 0)
        assert task["span_name"] == [THINKING]
    assert run.task.e2e.p50.n == 0


def test_a_request_that_is_cut_off_with_its_session_is_censored(case: Case) -> None:
    case.mock.script = remembering(gap_s=20.0, breaks=healthy)
    run = case(multiturn(2), Limits(0.0, 0.2, drain_s=0.2), constant(20))
    assert {task["end"] for task in tasks_of(run, "window")} == {"censored"}
    assert {row["status"] for row in run.requests.to_pylist() if row["phase"] == "window"} == {"censored"}


def test_a_stop_in_the_middle_cuts_nothing_off(case: Case) -> None:
    def go_on(decoded: Decoded) -> bool:
        return decoded.in_window < 10

    run = case(multiturn(4), Limits(0.0, 600.0), go_on=go_on)
    assert run.window.seconds < 600
    assert Counter(task["end"] for task in tasks_of(run, "window")).keys() == {"done"}


def test_users_think_between_sessions_too(case: Case) -> None:
    run = case(multiturn(2), Limits(0.0, 0.6), closed(1, think=0.1))
    one_by_one = sorted(tasks_of(run), key=lambda task: int(task["begun_ns"]))
    ended = [task for task in one_by_one if task["done_ns"] is not None]
    assert len(ended) >= 2
    for before, after in itertools.pairwise(ended):
        assert after["scheduled_ns"] - before["done_ns"] >= 90_000_000


@ENGINES
def test_a_run_that_is_broken_off_keeps_its_tasks(case: Case, engine: Engine, workers: int) -> None:
    broken = replace(case, engine=engine, workers=workers)
    with pytest.raises(NotMeasured, match="the cap is 400"):
        broken(multiturn(2), Limits(0.0, 600.0), cap=400)
    found = []
    for spool in sorted(case.folder.glob("spool*")):
        with closing(SpoolReader(spool)) as reader:
            requests = list(reader.take())
            found += reader.tasks
            assert {task.session_id for task in reader.tasks} <= {request.session_id for request in requests}
    assert found
    assert {task.end for task in found} <= {"done", "censored"}


def test_figures_are_those_of_the_table(case: Case) -> None:
    run = case(multiturn(3), Limits(0.0, 60.0, requests=45))
    inside = tasks_of(run, "window")
    times = [(task["done_ns"] - task["begun_ns"]) / 1e9 for task in inside]
    assert run.task.e2e.mean.n == len(inside)
    assert float(run.task.e2e.mean) == pytest.approx(sum(times) / len(times))
    assert float(run.task.turns.mean) == 3.0
    assert float(run.task.success) == 1.0
    assert float(run.task.rate) > 0.0
