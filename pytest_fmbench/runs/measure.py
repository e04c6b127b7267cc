"""One measurement: generate the load, decode what came back, keep it, sum it up."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pytest_fmbench.client.decoding import decode
from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.errors import InvalidMeasurement, LaunchError, StoreError, UsageError
from pytest_fmbench.load.arrivals import Closed, Load
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.load.engine import Job, Message, run_in_process
from pytest_fmbench.metrics.base import Metric
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.platforms.base import Server
from pytest_fmbench.runs.cap import TokenCap
from pytest_fmbench.runs.figures import Figures
from pytest_fmbench.runs.observer import Observer
from pytest_fmbench.runs.promises import promises_of
from pytest_fmbench.runs.relay import Relay
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.worker import LoadPlan, generate_load
from pytest_fmbench.store.spool import read_spool
from pytest_fmbench.store.table import to_table, write_measurement


@dataclass(frozen=True)
class Measuring:
    """How to measure, whatever the case asks.

    :param dialects: makers of wire forms, by name.
    :param confidence: two-sided level of the intervals that are shown.
    :param cap: on the tokens of servers that are not ours.
    """

    dialects: Registry[Callable[[], Dialect]]
    metrics: Registry[Metric]
    confidence: float
    observer: Observer
    cap: TokenCap


@dataclass(frozen=True)
class Question:
    """What a case asks of a server.

    :param objectives: what the run is judged by; those per request define goodput.
    """

    name: str
    workload: Workload
    load: Load
    limits: Limits
    objectives: tuple[Objective, ...] = ()
    seed: int = 0


def measure(question: Question, server: Server, folder: Path, how: Measuring, input_tokens: int) -> Run:
    """Put ``question`` to ``server`` and return what was found; its records lie in ``folder``.

    :param input_tokens: about how many a request takes, as far as the preflight could tell.
    :raises NotMeasured: when the cap on tokens is reached; records made until then are kept.
    :raises LaunchError: when a server that we started dies on the way; records made until then are kept.
    :raises WorkerError: when the load process dies.
    :raises StoreError: when records cannot be written.
    :raises InvalidMeasurement: when not one request began in the window.
    """
    dialect = how.dialects[server.endpoint.dialect]()
    spool = _fresh_spool(folder)
    plan = LoadPlan(server.endpoint, dialect, question.workload, question.load, question.limits, spool, question.seed)
    relay = Relay(question.name, question.limits, how.observer, _watch(server, how.cap, input_tokens))
    run_in_process(Job(generate_load, plan, server.endpoint.client_cores), relay.hear)
    window, certificate = relay.end()
    open_loop = not isinstance(question.load, Closed)
    table = to_table(decode(exchange, dialect) for exchange in read_spool(spool))
    measurement = Measurement(table, window, promises_of(question.objectives, how.metrics, open_loop=open_loop))
    if server.foreign:
        how.cap.spend(measurement)
    write_measurement(folder / "requests.parquet", measurement)
    spool.unlink()
    if measurement.window_requests.num_rows == 0:
        raise InvalidMeasurement(
            f"{question.name}: no request began in the window of {window.seconds:.1f} s; measure for longer"
        )
    return Run(
        question.name,
        Figures(measurement, how.metrics, how.confidence),
        folder,
        certificate,
        open_loop,
        question.objectives,
    )


def _watch(server: Server, cap: TokenCap, input_tokens: int) -> Callable[[Message], None]:
    """What is done at every sign of progress: see that the server lives, and that the cap holds."""

    def look(message: Message) -> None:
        failure = server.failure()
        if failure:
            raise LaunchError(f"{failure} in the middle of the run", server.log_tail())
        if server.foreign and message["event"] == "progress":
            cap.check(message["tokens"] + message["done"] * input_tokens)

    return look


def _fresh_spool(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("case.json", "requests.parquet", "spool"):  # of an earlier run of this case
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error}") from error
    return folder / "spool"


def limits_of(duration_s: float, requests: int | None, warmup_s: float | None) -> Limits:
    """The phases of a run; a warm-up that is not given is a sixth of the window, at most 5 s.

    :raises UsageError: for a window without length or requests.
    """
    if not _is_number(duration_s) or not 0 < duration_s < math.inf:
        raise UsageError(f"a window of {duration_s!r} s cannot be measured; give it a positive number of seconds")
    if requests is not None and (not isinstance(requests, int) or requests < 1):
        raise UsageError(f"requests={requests!r}: a window needs a whole number of requests, from 1")
    if warmup_s is not None and (not _is_number(warmup_s) or not 0 <= warmup_s < math.inf):
        raise UsageError(f"warmup={warmup_s}: give seconds from 0, or leave it 'auto'")
    return Limits(min(duration_s / 6, 5.0) if warmup_s is None else warmup_s, duration_s, requests)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
