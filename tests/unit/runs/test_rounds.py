"""Runs in rounds, each on a new server."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.compute as pc
import pytest

from pytest_fmbench.catalog import DIALECTS, METRICS
from pytest_fmbench.errors import InvalidMeasurement, LaunchError, UsageError
from pytest_fmbench.load.arrivals import Load, closed, constant, poisson
from pytest_fmbench.load.threads import InProcess
from pytest_fmbench.model.certificate import Certificate
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.objective import Outcome
from pytest_fmbench.platforms.base import Server
from pytest_fmbench.runs.bench import Bench
from pytest_fmbench.runs.cap import TokenCap
from pytest_fmbench.runs.measure import Measuring, Question, measure
from pytest_fmbench.runs.observer import Observer, Stage
from pytest_fmbench.runs.report import recompute, report
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.verdicts.judge import judge_run
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.sla import parse
from pytest_fmbench.store.table import read_measurement
from pytest_fmbench.workloads.chat import chat
from tests.support.servers import Fakes, fake_pool

pytestmark = pytest.mark.lasting

ONE = Deployment("m", "fake")
FOREIGN = Deployment("m", "endpoint", "url:http://127.0.0.1:9/v1")
SLOWER = (0.001, 0.004, 0.008, 0.02)
"""How long the first, second ... server takes to a first token; the first is that of the preflight."""


class Watching(Observer):
    """Notes stages."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []

    def enter(self, stage: Stage) -> None:
        self.stages.append(stage)


@pytest.fixture
def fakes() -> Fakes:
    return Fakes(SLOWER)


@pytest.fixture
def observer() -> Watching:
    return Watching()


@pytest.fixture
def bench_of(tmp_path: Path, fakes: Fakes, observer: Watching) -> Iterator[Callable[..., Bench]]:
    pool = fake_pool(tmp_path / "servers", fakes)

    def make(*sla: str, workers: int = 1) -> Bench:
        how = Measuring(DIALECTS, METRICS, 0.95, observer, TokenCap(None), InProcess(), workers)
        objectives = [parse(text, METRICS) for text in sla]
        return Bench("a case", tmp_path / "cases" / "it", objectives, pool, how, Strictness(), 1.5)

    yield make
    pool.close()


@pytest.fixture
def bench(bench_of: Callable[..., Bench]) -> Bench:
    return bench_of("ttft.mean < 1s", "ttft < 500ms", "error_rate <= 0%")


def ask(bench: Bench, rounds: int = 3, load: Load | None = None, requests: int | None = 61, warmup: float = 0.0) -> Run:
    return bench(ONE, chat(2), load or closed(2), requests=requests, rounds=rounds, warmup=warmup)


def test_each_round_has_a_server_of_its_own(bench: Bench, fakes: Fakes) -> None:
    run = ask(bench)
    assert [one.nth for one in fakes.servers] == [0, 1, 2, 3]
    assert fakes.running == [3]
    asked = [{one.headers.get("x-request-id") for one in server.mock.asked} for server in fakes.servers]
    rows = run.requests.to_pylist()
    for nth in range(3):
        sent = [row for row in rows if row["round"] == nth and row["sent_ns"]]
        answered = {row["request_id"] for row in sent if row["first_byte_ns"]}
        assert answered
        # what is cut off at the end may not have been read
        assert answered <= asked[nth + 1] - {None} <= {row["request_id"] for row in sent}


def test_requests_and_length_are_divided_over_rounds(bench: Bench) -> None:
    run = ask(bench)
    counts = [part.window_requests.num_rows for part in run.figures.measurement.parts]
    assert counts == [21, 20, 20]
    long = ask(bench, rounds=2, requests=None)
    assert [round(window.seconds, 6) for window in long.figures.measurement.rounds] == [0.75, 0.75]
    assert long.figures.measurement.seconds == pytest.approx(1.5)
    assert long.window.seconds > 1.5, "from the first one's begin to the last one's end"


def test_each_round_has_a_warm_up_and_a_seed_of_its_own(bench: Bench) -> None:
    run = ask(bench, load=poisson(60), requests=30, warmup=0.1)
    single = ask(bench, rounds=1, load=poisson(60), requests=10, warmup=0.1)

    def offsets(of: Run, nth: int) -> list[int]:
        # in order of their times: who was late may have been sent after the next one
        rows = sorted(row["scheduled_ns"] for row in of.requests.to_pylist() if row["round"] == nth)
        return [at - rows[0] for at in rows[:10]]

    for part in run.figures.measurement.parts:
        assert set(part.requests["phase"].to_pylist()) >= {"warmup", "window"}
    assert offsets(run, 0) == offsets(single, 0), "the first has the seed of a run without rounds"
    assert len({tuple(offsets(run, nth)) for nth in range(3)}) == 3


def test_one_run_comes_of_it(bench: Bench) -> None:
    run = ask(bench)
    assert run.ttft.mean.n == 61
    assert run.name == "a case"
    each = [one.estimate("ttft", "mean") for one in run.figures.rounds]
    assert [one.n for one in each] == [21, 20, 20]
    first, second, third = map(float, each)
    assert first < second < third
    assert float(run.ttft.mean) == pytest.approx((21 * first + 20 * second + 20 * third) / 61)
    assert run.ttft.p50.low < first, "servers differ"
    assert run.ttft.p50.high > third
    assert run.request_rate == pytest.approx(
        sum(one.estimate("request_rate") * one.measurement.seconds for one in run.figures.rounds)
        / run.figures.measurement.seconds
    )
    assert (run.goodput, run.goodput.n, run.error_rate) == (1.0, 61, 0.0)
    assert 0.0 < run.goodput.low < 1.0
    assert run.ttft.max.high == math.inf


def test_its_files_are_those_of_any_run(bench: Bench) -> None:
    run = ask(bench)
    bench.judge()
    assert sorted(path.name for path in run.folder.iterdir()) == ["case.json", "requests.parquet"]
    kept = read_measurement(run.folder / "requests.parquet")
    assert kept.rounds == run.figures.measurement.rounds
    assert kept.window == run.window
    assert kept.requests.equals(run.requests)
    begun = kept.requests["round"].to_pylist()
    assert begun == sorted(begun)
    told = json.loads((run.folder / "case.json").read_text())
    assert (told["rounds"], told["requests"], told["looks"]) == (3, 61, [])
    assert told["window_s"] == pytest.approx(kept.seconds)


@pytest.mark.parametrize("load", [closed(2), constant(80)])
def test_its_records_say_the_same(bench_of: Callable[..., Bench], load: Load) -> None:
    bench = bench_of("ttft.p50 < 2ms", "itl.mean < 9s", "ttft < 6ms", "goodput >= 99%", "request_rate > 1req/s")
    run = ask(bench, load=load)
    bench.judge()
    (summary,) = bench.summaries()
    assert recompute(run.folder, METRICS) == json.loads((run.folder / "case.json").read_text()) == summary
    assert len(summary["verdicts"]) == 4


def test_a_verdict_is_of_all_rounds(bench_of: Callable[..., Bench]) -> None:
    bench = bench_of("ttft.mean < 10ms", "ttft.mean < 60s", "ttft.mean > 60s")
    run = ask(bench)
    verdicts = judge_run(run, run.objectives, Strictness())
    assert [one.outcome for one in verdicts] == [Outcome.INCONCLUSIVE, Outcome.PASS, Outcome.FAIL]
    assert verdicts[0].reason.endswith("more requests would decide, in more rounds than 3")
    assert all(one.estimate.n == 61 for one in verdicts)


def test_the_certificate_is_the_worst_of_the_rounds(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = list[Certificate]()

    def noting(question: Question, server: Server, folder: Path, how: Measuring, input_tokens: int) -> Run:
        run = measure(question, server, folder, how, input_tokens)
        seen.append(run.certificate)
        return run

    monkeypatch.setattr("pytest_fmbench.runs.rounds.measure", noting)
    found = ask(bench).certificate
    assert found.loop_longest_ns == max(one.loop_longest_ns for one in seen)
    assert found.stamp_p99_ns == max(one.stamp_p99_ns for one in seen)
    assert found.socket_errors == sum(one.socket_errors for one in seen)
    assert len(seen) == 3


def test_rounds_of_several_workers(bench_of: Callable[..., Bench]) -> None:
    run = ask(bench_of("error_rate <= 0%", workers=2), rounds=2, load=closed(4), requests=40)
    for part in run.figures.measurement.parts:
        assert part.window_requests.num_rows == 20
        assert set(part.requests["worker"].to_pylist()) == {0, 1}


def test_what_is_done_is_told_round_by_round(bench: Bench, observer: Watching) -> None:
    ask(bench)
    assert observer.stages.count(Stage.PROVISION) == 4
    assert observer.stages.count(Stage.MEASURE) == 3


def test_one_round_is_a_run_as_ever(bench: Bench, fakes: Fakes) -> None:
    run = ask(bench, rounds=1)
    assert [one.nth for one in fakes.servers] == [0]
    assert run.figures.rounds == ()
    assert run.figures.measurement.rounds == ()
    assert pc.max(run.requests["round"]).as_py() == 0
    bench.judge()
    assert bench.summaries()[0]["rounds"] == 1


@pytest.mark.parametrize("rounds", [0, -1, True, False, 2.0, "3", None])
def test_what_is_no_number_of_rounds_is_refused(bench: Bench, rounds: int, fakes: Fakes) -> None:
    with pytest.raises(UsageError, match=r"^rounds=.*: a run takes a whole number of rounds, from 1$"):
        ask(bench, rounds=rounds)
    assert fakes.servers == []


def test_more_rounds_than_requests_are_refused(bench: Bench) -> None:
    with pytest.raises(UsageError, match=r"^requests=2 over rounds=3: each round needs a request$"):
        ask(bench, requests=2)


def test_a_server_that_is_not_ours_is_not_measured_in_rounds(bench: Bench) -> None:
    with pytest.raises(UsageError, match=r"(?s)rounds=2: each takes a new server, and .*url.* is not ours .*sessions"):
        bench(FOREIGN, chat(2), closed(1), requests=4, rounds=2)


def test_a_server_that_cannot_be_had_again_keeps_the_rounds_before(bench: Bench, fakes: Fakes) -> None:
    fakes.fails_at = 3
    with pytest.raises(LaunchError, match="no room"):
        ask(bench)
    assert sorted(path.name for path in bench.folder.iterdir()) == ["round.0", "round.1"]
    found = report([bench.folder], METRICS, DIALECTS)
    assert found.summaries == []
    ((_, problem),) = found.unjudged
    tables = [read_measurement(path).requests for path in bench.folder.glob("*/requests.parquet")]
    complete = sum(table["status"].to_pylist().count("ok") for table in tables)
    assert complete >= 41
    assert f"interrupted: {complete} requests complete, 2 rounds whole; window unknown" in problem


def test_a_round_without_a_request_is_no_measurement(bench: Bench) -> None:
    with pytest.raises(InvalidMeasurement, match="a case, round 1 of 2: no request began"):
        bench(ONE, chat(2), constant(1), duration=0.4, rounds=2, warmup=0.1)


def test_what_an_earlier_run_left_is_gone(bench: Bench, fakes: Fakes) -> None:
    (bench.folder / "round.7").mkdir(parents=True)
    (bench.folder / "case.json").write_text("{}")
    fakes.fails_at = 2
    with pytest.raises(LaunchError):
        ask(bench)
    assert sorted(path.name for path in bench.folder.iterdir()) == ["round.0"]
    (bench.folder / "round.7").mkdir(parents=True)
    fakes.fails_at = None
    ask(bench, rounds=1)
    assert sorted(path.name for path in bench.folder.iterdir()) == ["requests.parquet"]
