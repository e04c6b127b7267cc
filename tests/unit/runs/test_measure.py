"""Whole runs against a server that does as it is told."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pytest_fmbench.catalog import DIALECTS, METRICS
from pytest_fmbench.errors import NotMeasured, WorkerError
from pytest_fmbench.load.arrivals import Load, closed, constant
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.load.engine import Crew, Engine, Job
from pytest_fmbench.load.processes import Processes
from pytest_fmbench.load.threads import InProcess
from pytest_fmbench.model.conditions import Plain
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.runs.cap import TokenCap
from pytest_fmbench.runs.crew.conductor import GoOn
from pytest_fmbench.runs.crew.standing import Decoded
from pytest_fmbench.runs.measure import Measuring, Question, measure
from pytest_fmbench.runs.observer import Observer
from pytest_fmbench.runs.run import Run
from pytest_fmbench.store.spool import read_spool
from pytest_fmbench.workloads.chat import chat
from tests.support.mock_server import MockServer, chat_reply, serving

ENGINES = pytest.mark.parametrize(
    ("engine", "workers"), [(Processes(), 1), (Processes(), 3), (InProcess(), 1)], ids=["one", "three", "inprocess"]
)


@dataclass
class Somebodys:
    """A server that is not ours."""

    endpoint: Endpoint
    foreign: bool = True
    version: str = "unknown"
    facts: Mapping[str, Plain] = field(default_factory=dict)

    def failure(self) -> str | None:
        return None

    def log_tail(self) -> Sequence[str]:
        return ()

    def stop(self) -> None:
        return


@pytest.fixture
def mock() -> Iterator[MockServer]:
    with serving(lambda _: chat_reply(tokens=4, gap_s=0.001)) as server:
        yield server


@dataclass
class Asked:
    """Puts questions to a mock server; ``folder`` holds the records."""

    mock: MockServer
    folder: Path
    cores: tuple[int, ...] = ()

    def __call__(
        self,
        load: Load,
        limits: Limits,
        engine: Engine,
        workers: int = 1,
        *,
        go_on: GoOn = lambda _: True,
        cap: int | None = None,
    ) -> Run:
        server = Somebodys(Endpoint(f"{self.mock.url}/v1", "m", "openai-chat", client_cores=self.cores))
        how = Measuring(DIALECTS, METRICS, 0.95, Observer(), TokenCap(cap), engine, workers)
        return measure(Question("a run", chat(4), load, limits, go_on=go_on), server, self.folder, how, input_tokens=9)


@pytest.fixture
def ask(mock: MockServer, tmp_path: Path) -> Asked:
    return Asked(mock, tmp_path / "case")


def rows(run: Run) -> list[dict[str, object]]:
    found: list[dict[str, object]] = run.requests.to_pylist()
    return found


@ENGINES
def test_a_number_of_requests_is_exact_and_of_all_workers(ask: Asked, engine: Engine, workers: int) -> None:
    run = ask(closed(4), Limits(0.0, 60.0, requests=50), engine, workers)
    inside = [row for row in rows(run) if row["phase"] == "window"]
    assert len(inside) == 50
    assert {row["worker"] for row in inside} == set(range(workers))
    assert {row["status"] for row in inside} == {"ok"}
    assert len({row["request_id"] for row in rows(run)}) == run.requests.num_rows


@ENGINES
def test_phases_agree_with_the_window_to_the_nanosecond(ask: Asked, engine: Engine, workers: int) -> None:
    run = ask(closed(4), Limits(0.1, 0.5), engine, workers)
    window = run.window
    assert {row["phase"] for row in rows(run)} == {"warmup", "window", "drain"}
    for row in rows(run):
        begun = int(str(row["begun_ns"]))
        assert (row["phase"] == "warmup") == (begun < window.begin_ns)
        assert (row["phase"] == "drain") == (begun >= window.end_ns)


def test_two_workers_send_the_one_schedule(ask: Asked) -> None:
    run = ask(constant(100), Limits(0.0, 0.5), Processes(), workers=2)
    inside = sorted((int(str(row["scheduled_ns"])), row["worker"]) for row in rows(run) if row["phase"] == "window")
    offsets = [at - inside[0][0] for at, _ in inside]
    assert len(inside) >= 45
    assert offsets == [10_000_000 * k for k in range(len(offsets))]
    assert [worker for _, worker in inside[:4]] in ([0, 1, 0, 1], [1, 0, 1, 0])


@ENGINES
def test_a_callback_ends_the_window_and_what_has_begun_is_counted(ask: Asked, engine: Engine, workers: int) -> None:
    seen: list[Decoded] = []

    def go_on(figures: Decoded) -> bool:
        seen.append(figures)
        return figures.in_window < 30

    run = ask(closed(4), Limits(0.0, 600.0), engine, workers, go_on=go_on)
    statuses = Counter(row["status"] for row in rows(run) if row["phase"] == "window")
    assert run.window.seconds < 600
    assert set(statuses) == {"ok"}
    assert statuses["ok"] >= 30
    assert seen[-1].ttft_s is not None
    assert seen[-1].output_tokens >= 4 * seen[-1].in_window


@ENGINES
def test_records_are_the_table_alone(ask: Asked, engine: Engine, workers: int) -> None:
    ask.folder.mkdir()
    for left in ("spool", "spool.7", "case.json"):  # by an earlier run that was cut off
        (ask.folder / left).write_text("old")
    ask(closed(3), Limits(0.0, 60.0, requests=6), engine, workers)
    assert [path.name for path in ask.folder.iterdir()] == ["requests.parquet"]


@ENGINES
def test_a_run_that_is_broken_off_keeps_its_spools(ask: Asked, engine: Engine, workers: int) -> None:
    with pytest.raises(NotMeasured, match="the cap is 400"):
        ask(closed(4), Limits(0.0, 600.0), engine, workers, cap=400)
    spools = sorted(ask.folder.glob("spool*"))
    assert len(spools) == workers
    assert {one.worker for spool in spools for one in read_spool(spool)} == set(range(workers))


class Watching:
    """An engine that only looks at what it is to run."""

    def __init__(self) -> None:
        self.jobs: Sequence[Job] = ()

    def start(self, jobs: Sequence[Job]) -> AbstractContextManager[Crew]:
        self.jobs = jobs
        raise WorkerError("nothing runs here")


@pytest.mark.parametrize(
    ("cores", "workers", "expected"),
    [
        ((), 2, [(), (), ()]),
        ((4,), 2, [(4,), (4,), (4,)]),
        ((4, 5), 2, [(4,), (5,), (4, 5)]),
        ((4, 5, 6), 2, [(4,), (5,), (4, 5, 6)]),
        ((4, 5, 6), 1, [(4, 5, 6), (4, 5, 6)]),
    ],
)
def test_workers_have_a_core_each_where_there_are_as_many_and_the_decoder_takes_what_they_leave(
    ask: Asked, cores: tuple[int, ...], workers: int, expected: list[tuple[int, ...]]
) -> None:
    engine = Watching()
    ask.cores = cores
    with pytest.raises(WorkerError, match="nothing runs here"):
        ask(constant(1), Limits(0.0, 1.0), engine, workers)
    assert [job.cores for job in engine.jobs] == expected
    assert engine.jobs[-1].name == "decoder"


def test_what_sends_requests_loads_no_arrow() -> None:
    code = "import sys, pytest_fmbench.runs.crew.worker, pytest_fmbench.load.child; print('pyarrow' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=True, capture_output=True, text=True
    )
    assert done.stdout == "False\n"
