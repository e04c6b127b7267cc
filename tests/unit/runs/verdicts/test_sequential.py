"""Runs that end when they are decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_fmbench.catalog import DIALECTS, METRICS
from pytest_fmbench.load.arrivals import Load, closed, constant, steps
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.objective import Outcome, Verdict
from pytest_fmbench.runs.cap import TokenCap
from pytest_fmbench.runs.measure import Measuring, Question, measure
from pytest_fmbench.runs.observer import Observer
from pytest_fmbench.runs.report import recompute
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.summary import summarise
from pytest_fmbench.runs.verdicts.certify import problems
from pytest_fmbench.runs.verdicts.judge import judge_run
from pytest_fmbench.runs.verdicts.sequential import Looked, Strictness
from pytest_fmbench.sla import parse
from pytest_fmbench.stats.looks import Look
from pytest_fmbench.store.session import write_json
from pytest_fmbench.testing import Mock, healthy, serving, uniform
from pytest_fmbench.workloads.chat import chat
from tests.unit.runs.test_measure import Somebodys

pytestmark = pytest.mark.lasting

LONGEST_S = 60.0


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    """A reply takes 2 to 6 ms to its first token."""
    with serving(healthy(ttft=uniform(0.002, 0.006))) as server:
        yield server


@dataclass
class Asked:
    mock: Mock
    folder: Path

    def __call__(
        self,
        *sla: str,
        load: Load | None = None,
        limits: Limits | None = None,
        workers: int = 1,
        fixed: bool = False,
        tokens: int | None = None,
    ) -> Run:
        server = Somebodys(Endpoint(f"{self.mock.url}/v1", "m", "openai-chat"))
        how = Measuring(DIALECTS, METRICS, 0.95, Observer(), TokenCap(None), workers=workers)
        objectives = tuple(parse(text, METRICS) for text in sla)
        limits = limits or Limits(0.0, LONGEST_S)
        strictness = None if fixed else Strictness()
        question = Question(
            "a run", chat(2), load or closed(4), limits, objectives, strictness=strictness, tokens=tokens
        )
        return measure(question, server, self.folder, how, input_tokens=9)


@pytest.fixture
def ask(mock: Mock, tmp_path: Path) -> Asked:
    return Asked(mock, tmp_path / "case")


def verdicts(run: Run, strictness: Strictness | None = None) -> list[Verdict]:
    return judge_run(run, run.objectives, strictness or Strictness())


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("objective", "outcome"), [("ttft.p50 < 1s", Outcome.PASS), ("ttft.mean < 1ms", Outcome.FAIL)])
def test_a_run_ends_when_it_is_decided(ask: Asked, objective: str, outcome: Outcome, workers: int) -> None:
    run = ask(objective, workers=workers)
    (verdict,) = verdicts(run)
    assert run.decided
    assert run.window.seconds < LONGEST_S
    assert verdict.outcome is outcome
    assert verdict.reason.endswith("of the budget")
    assert verdict.estimate.n == run.looked[-1].look.requests
    assert not list(ask.folder.glob("look.*")), "what was looked at is not left behind"


def test_in_open_loop_too(ask: Asked) -> None:
    run = ask("ttft.p50 < 1s", "error_rate <= 0%", load=constant(100))
    assert run.decided
    assert [one.outcome for one in verdicts(run)] == [Outcome.PASS, Outcome.PASS]


def test_a_shape_is_over_before_anything_is_decided(ask: Asked) -> None:
    load = steps([(600, 1.0), (100, 1.0)])  # six hundred requests in the first half, enough for a look
    run = ask("ttft.p50 < 1s", load=load, limits=Limits(0.0, load.shape_s))
    (verdict,) = verdicts(run)
    assert (run.looked, run.decided, run.shape_s) == ((), False, 2.0)
    assert run.window.seconds == pytest.approx(2.0)
    assert verdict.estimate.n == run.figures.measurement.window_requests.num_rows > 500


def test_what_is_counted_is_counted_over_the_whole_run(ask: Asked) -> None:
    run = ask("ttft.p50 < 1s", "error_rate <= 0%")
    counted = verdicts(run)[1]
    assert counted.estimate.n == run.figures.measurement.window_requests.num_rows > run.looked[-1].look.requests


@pytest.mark.parametrize("sla", [(), ("error_rate <= 0%",), ("ttft < 1s",)])
def test_where_no_look_can_decide_none_is_made(ask: Asked, sla: tuple[str, ...]) -> None:
    run = ask(*sla, limits=Limits(0.0, 1.0))
    assert (run.looked, run.decided) == ((), False)
    assert run.window.seconds == 1.0


def test_a_fixed_run_lasts_its_whole_length(ask: Asked) -> None:
    run = ask("ttft.p50 < 1s", limits=Limits(0.0, 1.0), fixed=True)
    assert (run.looked, run.decided, run.window.seconds) == ((), False, 1.0)
    assert "budget" not in verdicts(run)[0].reason


def test_what_cannot_be_decided_goes_on_to_the_end_and_is_judged_by_all_of_it(ask: Asked) -> None:
    run = ask("ttft.p99.99 < 1s", limits=Limits(0.0, 1.5))  # takes thirty thousand requests
    (verdict,) = verdicts(run)
    assert (run.decided, run.window.seconds) == (False, 1.5)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.estimate.n == run.figures.measurement.window_requests.num_rows


def test_tokens_are_a_budget_too(ask: Asked) -> None:
    run = ask("ttft.p99.99 < 1s", tokens=3_000)
    (verdict,) = verdicts(run)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert run.window.seconds < LONGEST_S
    asked = run.requests.num_rows * (9 + 2)  # it is told that nine go in
    assert 2_000 < asked < 60_000  # without a limit, a hundred times as many as 3,000


def test_its_records_say_the_same(ask: Asked) -> None:
    run = ask("ttft.p95 < 1s", "ttft.mean < 500ms", "error_rate <= 0%")
    run.invalid = list(problems(run, run.objectives))  # a busy machine may well make it so
    run.verdicts = verdicts(run)
    subject = {"sla": [one.text for one in run.objectives], "open_loop": False}
    strictness = {"confidence": 0.95, "tolerance": 0.05, "judged_runs": 1}
    write_json(ask.folder / "case.json", summarise(run, {**subject, **strictness}))
    again = recompute(ask.folder, METRICS)
    assert again["verdicts"] == summarise(run, {})["verdicts"]
    assert (again["decided"], len(again["looks"])) == (True, len(run.looked))


def test_a_run_that_had_to_share_its_confidence_after_all_is_never_surer(ask: Asked) -> None:
    run = ask("ttft.p50 < 1s", limits=Limits(0.0, 1.0), fixed=True)
    begun = sorted(run.figures.measurement.window_requests["begun_ns"].to_pylist())
    run.looked, run.decided = (Looked(Look(30, 0.1), begun[30]),), True
    (alone,), (one_of_many,) = verdicts(run), verdicts(run, Strictness(judged_runs=10**9))
    assert (alone.outcome, alone.estimate.n) == (Outcome.PASS, 30)
    assert one_of_many.outcome is Outcome.INCONCLUSIVE
