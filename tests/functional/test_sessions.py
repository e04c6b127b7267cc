"""Conversations, from the command line to their reports, against a server whose every turn is known."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import cycle

import pytest

from pytest_fmbench.store.table import read_measurement
from tests.support.conversing import TOO_LONG, healthy, remembering
from tests.support.mock_server import MockServer, Step, plain, serving

pytestmark = pytest.mark.lasting

CASE = """
import pytest
from pytest_fmbench import chat, closed, multiturn

@pytest.mark.sla("task.turns.mean > 2", "task.success >= 100%", "error_rate <= 0%")  # decided however busy the machine
def test_talk(fmbench, deployment):
    run = fmbench(deployment, multiturn(3), closed(4), requests=240, warmup=0)
    assert run.task.turns.mean == 3.0
    assert float(run.prefix_cache.hit) > 0.3
    assert 0.0 < float(run.task.usd) < 1.0

@pytest.mark.sla("task.e2e.p90 < 60s")
def test_single(fmbench, deployment):
    fmbench(deployment, chat(4), closed(2), requests=40, warmup=0)

@pytest.mark.sla("error_rate < 50%", "task.success >= 0%")
def test_long(fmbench, deployment):
    run = fmbench(deployment, multiturn(9), closed(2), requests=84, warmup=0)
    assert run.task.success == 0.0
"""

LIKEWISE = json.dumps(
    {
        "object": "error",
        "message": "This model's maximum context length is 2048 tokens. However, you requested 2111 tokens "
        "(2103 in the messages, 8 in the completion). Please reduce the length of the messages or completion.",
        "type": "BadRequestError",
        "param": None,
        "code": 400,
    }
)
"""As vLLM answers; the other is llama.cpp's."""


@pytest.fixture
def server() -> Iterator[MockServer]:
    with serving(remembering(breaks=healthy)) as mock:
        yield mock


def arguments(server: MockServer) -> tuple[str, ...]:
    target = ("--fmbench-url", f"{server.url}/v1", "--fmbench-model", "m")
    return (*target, "--fmbench-price", "url=36", "--fmbench-engine", "inprocess", "-p", "no:cacheprovider")


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["serial", "xdist"])
def test_conversations_are_judged_told_and_reported_alike(
    pytester: pytest.Pytester, server: MockServer, options: tuple[str, ...]
) -> None:
    pytester.makepyfile(CASE)
    result = pytester.runpytest_subprocess(*arguments(server), *options, "--junitxml=junit.xml", "-k", "talk")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["case *tasks *success *e2e p50 *cache hits *costs *ended", "test_talk* 100% * 3 *% * USD * done"]
    )
    (kept,) = pytester.path.glob("fmbench-out/*/cases/*/case.json")
    told = json.loads(kept.read_text())
    assert (kept.parent / "tasks.parquet").exists()
    assert [one["turn"] for one in told["tasks"]["turns"]] == [1, 2, 3]
    assert told["looks"] == [], "what takes tasks to judge is judged once"
    assert "task.turns.mean" in (pytester.path / "junit.xml").read_text()
    report = pytester.run(sys.executable, "-m", "pytest_fmbench.cli", "report", "fmbench-out", "--markdown", "again.md")
    assert report.ret == 0
    report.stdout.fnmatch_lines(
        ["case *tasks *success*", "*by turn:", "*turn *requests *TTFT p50*", "PASS *task.turns.mean*"]
    )
    again, then = ((pytester.path / name).read_text() for name in ("again.md", str(next(kept.parents[2].glob("*.md")))))
    assert again.partition("### Tasks")[2].partition("###")[0] == then.partition("### Tasks")[2].partition("###")[0]


def test_an_objective_on_tasks_takes_sessions(pytester: pytest.Pytester, server: MockServer) -> None:
    pytester.makepyfile(CASE)
    result = pytester.runpytest_subprocess(*arguments(server), "-k", "single")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*'task.e2e.p90 < 60s' is about tasks, and Chat(output_tokens=4) asks single requests*"]
    )


def test_a_context_that_outgrows_the_model_in_turn_7_is_counted_as_that(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(CASE)
    refusals = cycle([plain(400, TOO_LONG), plain(400, LIKEWISE)])

    def breaks(turn: int) -> Sequence[Step] | None:
        return next(refusals) if turn == 7 else None

    with serving(remembering(breaks=breaks)) as mock:
        result = pytester.runpytest_subprocess(*arguments(mock), "-k", "long")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["test_long* 0% *n/a* out of context"])
    told = json.loads(next(pytester.path.glob("fmbench-out/*/cases/*/case.json")).read_text())
    (errors,) = (one["reason"] for one in told["verdicts"] if one["objective"].startswith("error_rate"))
    assert errors.endswith(" by status 400)")
    (path,) = pytester.path.glob("fmbench-out/*/cases/*/requests.parquet")
    measured = read_measurement(path)
    assert measured.tasks is not None
    tasks = [row for row in measured.tasks.to_pylist() if row["end"] != "censored"]
    assert len(tasks) >= 12
    assert {(row["end"], row["success"], row["requests"], row["failed_requests"]) for row in tasks} == {
        ("context", False, 7, 1)
    }
    assert {row["error"].partition(":")[0] for row in tasks} == {"status"}
    assert len({row["error"] for row in tasks}) == 2
    assert {row["turn"] for row in measured.requests.to_pylist() if row["status"] == "failed"} == {6}


def test_a_plan_knows_tasks(pytester: pytest.Pytester, server: MockServer) -> None:
    pytester.makepyfile(CASE)
    result = pytester.runpytest_subprocess(*arguments(server), "--fmbench-plan", "-k", "talk")
    result.stdout.fnmatch_lines(["*task.turns.mean > 2*"])
