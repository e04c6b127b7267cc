"""Conversations, from the command line to their reports, against a server whose every turn is known."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest

from tests.support.conversing import healthy, remembering
from tests.support.mock_server import MockServer, serving

pytestmark = pytest.mark.lasting

CASE = """
import pytest
from pytest_fmbench import chat, closed, multiturn

@pytest.mark.sla("task.e2e.p90 < 60s", "task.success >= 100%", "task.usd < 1 USD", "error_rate <= 0%")
def test_talk(fmbench, deployment):
    run = fmbench(deployment, multiturn(3), closed(4), requests=240, warmup=0)
    assert run.task.turns.mean == 3.0
    assert float(run.prefix_cache.hit) > 0.3

@pytest.mark.sla("task.e2e.p90 < 60s")
def test_single(fmbench, deployment):
    fmbench(deployment, chat(4), closed(2), requests=40, warmup=0)
"""


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
        ["case *tasks *success *e2e p50 *cache hits *costs *ended", "test_talk* 100% * 3 req *% * USD *done"]
    )
    (kept,) = pytester.path.glob("fmbench-out/*/cases/*/case.json")
    told = json.loads(kept.read_text())
    assert (kept.parent / "tasks.parquet").exists()
    assert [one["turn"] for one in told["tasks"]["turns"]] == [1, 2, 3]
    assert told["looks"] == [], "what takes tasks to judge is judged once"
    assert "task.e2e.p90" in (pytester.path / "junit.xml").read_text()
    report = pytester.run(sys.executable, "-m", "pytest_fmbench.cli", "report", "fmbench-out", "--markdown", "again.md")
    assert report.ret == 0
    report.stdout.fnmatch_lines(
        ["case *tasks *success*", "*by turn:", "*turn *requests *TTFT p50*", "PASS *task.e2e.p90*"]
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


def test_a_plan_knows_tasks(pytester: pytest.Pytester, server: MockServer) -> None:
    pytester.makepyfile(CASE)
    result = pytester.runpytest_subprocess(*arguments(server), "--fmbench-plan", "-k", "talk")
    result.stdout.fnmatch_lines(["*task.e2e.p90*"])
