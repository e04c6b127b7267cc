from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest

from pytest_fmbench.catalog import DIALECTS, METRICS
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.load.arrivals import closed
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.price import Tariff
from pytest_fmbench.quality.judges.panel import panel
from pytest_fmbench.quality.sets.basics import basics
from pytest_fmbench.runs.bench import Bench
from pytest_fmbench.runs.harness.tasks import Harness, harness
from pytest_fmbench.runs.plans.bench import PlanningBench
from pytest_fmbench.runs.plans.plan import Plan
from pytest_fmbench.runs.pool import Pool
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.sla import parse
from pytest_fmbench.workloads.chat import chat
from tests.support.pasts import drawn, keep, keep_pairs, past

HERE = Deployment("m", "s")


class Ended(BaseException):
    """A case was ended."""


class Beforehand:
    """A pool that knows what a server costs, and can start none."""

    def check(self, deployment: Deployment) -> None:
        if deployment.stack == "wrong":
            raise UnknownName("stack", "wrong", ["s"])

    def usd_per_hour(self, deployment: Deployment) -> float | None:
        return {"local": 0.0, "url": None}.get(deployment.platform, 6.0)

    def tariff(self, deployment: Deployment) -> Tariff | None:
        hourly = self.usd_per_hour(deployment)
        return Tariff(hourly, None, "a table", "2026-11") if hourly else None

    def fitting(self, deployment: Deployment) -> str | None:
        return None if deployment.platform == "url" else f"{deployment.model} fits"


@pytest.fixture
def told() -> list[Plan]:
    return []


@pytest.fixture
def bench(told: list[Plan], tmp_path: Path) -> PlanningBench:
    def tell(plan: Plan) -> NoReturn:
        told.append(plan)
        raise Ended

    return PlanningBench(
        "test_it",
        tmp_path / "now" / "cases" / "test_it",
        [parse("ttft.p95 < 1s", METRICS)],
        cast("Pool", Beforehand()),
        DIALECTS,
        METRICS,
        Strictness(),
        10.0,
        sequential=True,
        sessions=tmp_path,
        tell=tell,
    )


def test_a_measurement_is_told_and_ends_the_case(bench: PlanningBench, told: list[Plan]) -> None:
    with pytest.raises(Ended):
        bench(HERE, chat(4), closed(2), duration=6, requests=80, warmup=2)
    (plan,) = told
    assert (plan["kind"], plan["name"], plan["deployment"], plan["load"]) == ("run", "test_it", HERE.id, "closed:2")
    assert (plan["warmup_s"], plan["window_s"]["at_most"], plan["requests"]["limit"]) == (2, 6, 80)
    assert [one["objective"] for one in plan["objectives"]] == ["ttft.p95 < 1s"]


def test_how_each_deployment_of_ours_fits_is_told(bench: PlanningBench, told: list[Plan]) -> None:
    there, foreign = Deployment("n", "s", "ec2:g6.xlarge"), Deployment("m", "endpoint", "url:http://127.0.0.1:9/v1")
    for one in (HERE, foreign):
        with pytest.raises(Ended):
            bench(one, chat(4), closed(2))
    with pytest.raises(Ended):
        bench.compare(HERE, there, chat(4), closed(2))
    assert [plan["fit"] for plan in told] == [{HERE.id: "m fits"}, {}, {HERE.id: "m fits", there.id: "n fits"}]


def test_a_measurement_that_is_not_judged_has_no_objectives(bench: PlanningBench, told: list[Plan]) -> None:
    with pytest.raises(Ended):
        bench(HERE, chat(4), closed(2), judged=False, name="before")
    assert (told[0]["name"], told[0]["objectives"]) == ("before", [])
    assert told[0]["warmup_s"] == 10.0 / 6


def test_dollars_shorten_the_window(bench: PlanningBench, told: list[Plan]) -> None:
    with pytest.raises(Ended):
        bench(Deployment("m", "s", "ec2:large"), chat(4), closed(2), warmup=2, usd=0.01)  # at $6 an hour
    assert told[0]["window_s"]["at_most"] == pytest.approx(4.0)


def test_an_earlier_run_of_the_case_is_found(bench: PlanningBench, told: list[Plan], tmp_path: Path) -> None:
    subject = {"deployment": HERE.id, "workload": repr(chat(4)), "load": "closed:2", "case": "test_it"}
    keep(tmp_path, past(drawn(600)), "test_it", **subject)
    with pytest.raises(Ended):
        bench(HERE, chat(4), closed(2))
    with pytest.raises(Ended):
        bench(HERE, chat(4), closed(3))
    assert [plan["requests"]["expected"] for plan in told] == [500, None]
    with pytest.raises(Ended):
        bench.compare(HERE, Deployment("other", "s"), chat(4), closed(2))
    assert told[2]["history"]["session"] == "2026-01-01"
    assert len(told[2]["detectable"]) == 4


def test_an_earlier_comparison_is_found(bench: PlanningBench, told: list[Plan], tmp_path: Path) -> None:
    subject = {"baseline": HERE.id, "candidate": HERE.id, "workload": repr(chat(4)), "load": "closed:2"}
    keep_pairs(tmp_path, [past(drawn(50, seed=nth)) for nth in range(8)], "test_it", **subject)
    with pytest.raises(Ended):
        bench.compare(HERE, HERE, chat(4), closed(2))
    assert (told[0]["history"]["of"], told[0]["history"]["requests"]) == ("comparison", 400)


def test_a_comparison_is_told_and_ends_the_case(bench: PlanningBench, told: list[Plan]) -> None:
    with pytest.raises(Ended):
        bench.compare(HERE, Deployment("m", "s", "ec2:large"), chat(4), closed(2), pairs=4, warmup=0)
    (plan,) = told
    assert (plan["kind"], plan["name"], plan["pairs"], plan["block_s"]) == ("comparison", "test_it comparison", 4, 2.5)
    assert plan["usd"]["at_most"] == pytest.approx(6.0 * plan["minutes"]["at_most"] / 60)


def test_a_server_that_is_compared_with_itself_is_paid_once(bench: PlanningBench, told: list[Plan]) -> None:
    dear = Deployment("m", "s", "ec2:large")
    with pytest.raises(Ended):
        bench.compare(dear, dear, chat(4), closed(2))
    assert told[0]["usd"]["at_most"] == pytest.approx(6.0 * told[0]["minutes"]["at_most"] / 60)


@pytest.mark.parametrize(
    ("ask", "problem"),
    [
        (lambda bench: bench(HERE, chat(4), closed(2), duration=0), "a window of 0 s cannot be measured"),
        (lambda bench: bench(HERE, chat(4), closed(2), requests=0), "requests=0"),
        (lambda bench: bench(HERE, chat(4), closed(2), warmup="soon"), "warmup='soon'"),
        (lambda bench: bench(HERE, chat(4), closed(2), tokens=0), "tokens=0: give a whole number"),
        (lambda bench: bench(HERE, chat(4), closed(2), usd=-1), "usd=-1: give a positive number"),
        (lambda bench: bench(HERE, chat(4), closed(2), requests=58), "cannot pass with 58 samples"),
        (lambda bench: bench(Deployment("m", "wrong"), chat(4), closed(2)), "unknown stack 'wrong'"),
        (lambda bench: bench(Deployment("m", "s", options={"dialect": "x"}), chat(4), closed(2)), "unknown dialect"),
        (lambda bench: bench.compare(HERE, HERE, chat(4), closed(2), pairs=3), "pairs=3"),
        (lambda bench: bench.compare(HERE, Deployment("m", "wrong"), chat(4), closed(2)), "unknown stack 'wrong'"),
    ],
)
def test_mistakes_are_those_of_a_measurement(
    bench: PlanningBench, told: list[Plan], ask: Callable[[PlanningBench], object], problem: str
) -> None:
    with pytest.raises(UsageError, match=problem.replace("(", r"\(")):
        ask(bench)
    assert told == []


def test_a_quality_tells_what_will_be_asked_and_what_judges_cost(bench: PlanningBench, told: list[Plan]) -> None:
    bedrock = Deployment("nova", "s", "bedrock:us-east-1")
    task, judges = basics().judged(panel(bedrock, Deployment("other", "s"))), "then 2 judges are asked"
    with pytest.raises(Ended):
        bench.quality(HERE, task, requests=10)
    with pytest.raises(Ended):
        bench.quality(HERE, task.judged(panel(bedrock), "better"), baseline=Deployment("old", "s"))
    grades, pairs = (plan["why"] for plan in told)
    assert grades.startswith(f"10 items are asked of {HERE.id}, {judges} 10 times each; what was answered before")
    assert "72 items are asked of" in pairs
    assert "and of old+s+local, then a judge is asked 144 times;" in pairs
    assert told[0]["hourly"] == {bedrock.id: 6.0}
    assert told[0]["priced_by"] == {bedrock.id: "a table, 2026-11"}
    with pytest.raises(UsageError, match="unknown stack 'wrong'"):
        bench.quality(HERE, basics().judged(panel(Deployment("m", "wrong"))))


def test_whatever_else_measures_ends_the_case_too(
    bench: PlanningBench, told: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Bench, "weigh", lambda *_: None, raising=False)
    with pytest.raises(Ended):
        cast("Any", bench).weigh(HERE, kilograms=3)
    assert told == [{"kind": "unknown", "why": "what fmbench.weigh(...) takes is not known beforehand"}]


def test_what_there_is_not_is_an_attribute_error(bench: PlanningBench) -> None:
    with pytest.raises(AttributeError, match="'mesure'"):
        cast("Any", bench).mesure(HERE)


@pytest.mark.parametrize("name", ["__call__", "compare"])
def test_it_takes_what_the_real_one_takes(name: str) -> None:
    real, planning = (inspect.signature(getattr(kind, name)).parameters for kind in (Bench, PlanningBench))
    assert list(real.values()) == list(planning.values())


@pytest.mark.parametrize(
    ("task", "requests", "items"),
    [
        (harness("gsm8k", limit=50), None, "50 items of each task at most"),
        (harness("gsm8k", limit=50), 20, "20 items of each task at most"),
        (harness("no_such_task"), None, "all items"),
    ],
    ids=["limit", "requests", "all"],
)
def test_a_task_of_the_harness_is_told_without_the_harness(
    bench: PlanningBench,
    told: list[Plan],
    task: Harness,
    requests: int | None,
    items: str,
) -> None:
    before = {*sys.modules}
    with pytest.raises(Ended):
        bench.quality(HERE, task, requests=requests)
    (plan,) = told
    assert not any(name.startswith("lm_eval") for name in {*sys.modules} - before)
    expected = f"harness('{task.name}'): {items}, as lm-evaluation-harness has them, are asked of {HERE.id}; what was"
    assert plan["why"].startswith(expected)
