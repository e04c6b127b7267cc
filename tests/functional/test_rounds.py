"""``fmbench(..., rounds=k)`` in a case, on this machine's platform and a stack that serves the mock."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_fmbench.store.table import read_measurement
from pytest_fmbench.store.telemetry import read_telemetry

pytestmark = pytest.mark.lasting

Case = Callable[..., pytest.RunResult]
XDIST = pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["serial", "xdist"])

TOY = """
import os, sys

from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.card import Card

class Toy:
    card = Card("toy", (), ("openai-chat",))

    def plan(self, deployment):
        command = (sys.executable, __file__, "{port}")
        return LaunchPlan(command, deployment.model, None, "m", "openai-chat")

if __name__ == "__main__":
    from pytest_fmbench.testing.__main__ import main
    print("served by", os.getpid(), flush=True)
    sys.exit(main(["--ttft", "0.002", "--port", sys.argv[1]]))
"""

CONFTEST = """
from pytest_fmbench import catalog
from pytest_fmbench.model.registry import Registry

catalog.STACKS = Registry("stack", {"toy": "toy:Toy"})
"""

CASE = """
import pytest
from pytest_fmbench import Deployment, chat, closed

@pytest.mark.deployments(Deployment("{model}", "toy"))
@pytest.mark.sla("ttft.mean < 60s", "error_rate <= 0%")
def test_chat(fmbench, deployment):
    run = fmbench(deployment, chat(output_tokens=4), closed(2), warmup=0, requests=40, rounds={rounds})
    assert [one.measurement.window_requests.num_rows for one in run.figures.rounds] == [14, 13, 13]
    assert run.ttft.p50.n == 40
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pytest.RunResult]:
    """Run a case against the toy stack."""
    weights = pytester.path / "toy.gguf"
    weights.write_bytes(b"GGUF" + bytes(60))
    pytester.makepyfile(toy=TOY)
    pytester.makeconftest(CONFTEST)
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))

    def run(*options: str, rounds: str = "3") -> pytest.RunResult:
        pytester.makepyfile(test_it=CASE.format(model=weights, rounds=rounds))
        return pytester.runpytest_subprocess(*options, "-p", "no:cacheprovider")

    return run


@XDIST
def test_each_round_has_a_new_server_and_one_run_comes_of_it(
    suite: Case, pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    result = suite(*options)
    result.assert_outcomes(passed=1)
    (log,) = pytester.path.glob("fmbench-out/*/servers/*.log")
    served = [line for line in log.read_text().splitlines() if line.startswith("served by")]
    assert len(set(served)) == len(served) == 4, "one for the preflight, and one a round"
    (table,) = pytester.path.glob("fmbench-out/*/cases/*/requests.parquet")
    measurement = read_measurement(table)
    assert len(measurement.rounds) == 3
    told = read_telemetry(table.with_name("telemetry.parquet"))
    assert told is not None
    stamps = told.rows["t_ns"].to_pylist()
    assert stamps[0] <= measurement.rounds[0].begin_ns < measurement.rounds[-1].end_ns <= stamps[-1]
    assert told.costs["host"].samples >= 6, "before and after each round"
    assert set(measurement.requests["round"].to_pylist()) == {0, 1, 2}
    kept = json.loads(table.with_name("case.json").read_text())
    assert (kept["rounds"], kept["figures"]["ttft.mean"]["n"]) == (3, 40)
    assert [verdict["outcome"] for verdict in kept["verdicts"]] == ["pass", "pass"]
    assert sorted(path.name for path in table.parent.iterdir()) == [
        *("case.json", "requests.parquet", "telemetry.parquet")
    ]


def test_a_report_finds_the_same(suite: Case, pytester: pytest.Pytester) -> None:
    suite().assert_outcomes(passed=1)
    result = pytester.run(sys.executable, "-m", "pytest_fmbench.cli", "report")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["test_chat*  40 *pass", "PASS  ttft.mean < 60s *n=40: all of it keeps < 60 s"])


def test_a_case_that_broke_off_in_its_first_round_is_reported_as_one(pytester: pytest.Pytester) -> None:
    pytester.mkdir("case").joinpath("round.0").mkdir()
    result = pytester.run(sys.executable, "-m", "pytest_fmbench.cli", "report", "case")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["interrupted: 0 requests complete, 0 rounds whole; *"])


def test_what_is_no_number_of_rounds_is_an_error(suite: Case) -> None:
    result = suite(rounds="0")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*rounds=0: a run takes a whole number of rounds, from 1*"])


def test_a_server_that_we_did_not_start_has_no_rounds(run_case: Case, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_rounds="""
        from pytest_fmbench import chat, closed

        def test_rounds(fmbench, deployment):
            fmbench(deployment, chat(4), closed(1), requests=8, rounds=2)
        """
    )
    result = run_case("-k", "test_rounds")
    result.stdout.fnmatch_lines(["*rounds=2: each takes a new server, and *url*is not ours to stop and start; *"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert not list(Path(pytester.path).glob("fmbench-out/*/cases/*/*.parquet"))
