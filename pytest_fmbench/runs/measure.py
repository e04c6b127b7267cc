"""One measurement: generate the load, decode what comes back beside it, keep it, sum it up."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.errors import InvalidMeasurement, LaunchError, StoreError, UsageError
from pytest_fmbench.load.arrivals import Closed, Load, shape_of
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.load.engine import Engine, Job
from pytest_fmbench.load.processes import Processes
from pytest_fmbench.load.share import Share, shares
from pytest_fmbench.metrics.base import Metric
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.numbers import is_number
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.price import Tariff
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.session import Sessions
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.platforms.base import Server
from pytest_fmbench.runs.budget import Tokens
from pytest_fmbench.runs.cap import TokenCap
from pytest_fmbench.runs.crew.conductor import Conductor, GoOn, Score
from pytest_fmbench.runs.crew.decoder import DecodePlan, decode_spools
from pytest_fmbench.runs.crew.load_plan import LoadPlan
from pytest_fmbench.runs.crew.relay import Relay
from pytest_fmbench.runs.crew.standing import Decoded, Standing
from pytest_fmbench.runs.crew.worker import generate_load
from pytest_fmbench.runs.figures import Figures
from pytest_fmbench.runs.lost import see_that_it_was_not_lost
from pytest_fmbench.runs.observer import Aside, Observer
from pytest_fmbench.runs.ready.leftovers import Leftovers
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.sampling.watching import Watch, sampled
from pytest_fmbench.runs.tariffs import see_that_dollars_are_known
from pytest_fmbench.runs.tenancy.cost import Cost, Meter
from pytest_fmbench.runs.verdicts.sequential import Judged, Sequential, Strictness
from pytest_fmbench.runs.verdicts.settling import settled
from pytest_fmbench.store.session import round_folders
from pytest_fmbench.store.table import read_measurement, write_measurement
from pytest_fmbench.store.tasks import TASKS
from pytest_fmbench.store.telemetry import TELEMETRY

TABLE, _SPOOL = "requests.parquet", "spool"


@dataclass(frozen=True)
class Measuring:
    """How to measure, whatever the case asks.

    :param dialects: makers of wire forms, by name.
    :param confidence: two-sided level of the intervals that are shown.
    :param cap: on the tokens of servers that are not ours.
    :param engine: where load is generated and decoded.
    :param workers: how many share the load, at most.
    :param watch: tells what is sampled beside the load of an endpoint; None samples nothing.
    :param cost_of: what a server costs; None where nobody pays for it.
    :param tariff_of: what a server is paid by, also where it is not us who pay; None where nobody says.
    :param leftovers: what earlier runs left to their servers.
    :param turn: waits until load for a server may be generated on this machine, and keeps others waiting meanwhile.
    """

    dialects: Registry[Callable[[], Dialect]]
    metrics: Registry[Metric]
    confidence: float
    observer: Observer
    cap: TokenCap
    engine: Engine = field(default_factory=Processes)
    workers: int = 1
    watch: Callable[[Endpoint], Watch] | None = None
    cost_of: Callable[[Server], Cost | None] = lambda _: None
    tariff_of: Callable[[Server], Tariff | None] = lambda _: None
    leftovers: Leftovers = field(default_factory=Leftovers)
    turn: Callable[[Server], AbstractContextManager[None]] = lambda _: nullcontext()


@dataclass(frozen=True)
class Question:
    """What a case asks of a server.

    :param objectives: what the run is judged by; those per request define goodput.
    :param go_on: asked at each live figure of the window whether to go on; what has begun is counted to its end.
    :param strictness: the window ends when the objectives are decided so surely; None lets it last as long as it may,
        and so does a load with a shape.
    :param tokens: ends the window once so many were asked for, input and output; None does not.
    :param settle: whether what the warm-up was too short for is left out of the window; of a load with a shape nothing
        is.
    :param round: number of the round that it is, from 0, for its records.
    """

    name: str
    workload: Workload
    load: Load
    limits: Limits
    objectives: tuple[Objective, ...] = ()
    seed: int = 0
    go_on: GoOn = lambda _: True
    strictness: Strictness | None = None
    tokens: int | None = None
    settle: bool = False
    round: int = 0


def measure(question: Question, server: Server, folder: Path, how: Measuring, input_tokens: int) -> Run:
    """Put ``question`` to ``server`` and return what was found; its records lie in ``folder``.

    :param input_tokens: about how many a request takes, as far as the preflight could tell.
    :raises UsageError: for an objective on what no source can tell, or on dollars where nobody says what the server
        costs, before anything is asked.
    :raises NotMeasured: when the cap on tokens is reached, or the budget is spent before the window; records made until
        then are kept. A budget that is spent later ends the window.
    :raises LaunchError: when a server that we started dies on the way; records made until then are kept.
    :raises EnvironmentFault: when it does not come to an end with what an earlier run left.
    :raises WorkerError: when a load process or the decoder dies, also where records cannot be written.
    :raises StoreError: when records cannot be written or read here.
    :raises InvalidMeasurement: when not one request began in the window.
    """
    tariff = how.tariff_of(server)
    see_that_dollars_are_known(question.objectives, how.metrics, tariff, question.name)
    parts = shares(question.load, how.workers)
    open_loop = not isinstance(question.load, Closed)
    judged = Judged(question.objectives, how.metrics, open_loop, tariff)
    strictness, shape_s = question.strictness or Strictness(), shape_of(question.load)
    settle = question.settle and not shape_s  # what moves with a shape is measured too
    sequential = Sequential(judged, strictness, question.limits, settle=settle)
    looks = question.strictness is not None and sequential.wanted and not shape_s  # a part of a shape decides nothing
    looks = looks and not judged.of_tasks  # nor do tasks that merely happen to have ended, which are the short ones
    meter, tokens = Meter(how.cost_of(server), input_tokens), Tokens(question.tokens, input_tokens)
    watch = _watch(server, how.cap, meter)

    def go_on(decoded: Decoded) -> bool:
        return question.go_on(decoded) and not meter.spent

    score = Score(len(parts), question.limits.requests, watch, go_on, sequential.at_look, tokens)
    watched, dialect = how.watch and how.watch(server.endpoint), how.dialects[server.endpoint.dialect]()
    how.leftovers.wait_out(server, dialect, question.workload, how.observer.say)
    how.leftovers.begins(server)
    with meter, how.turn(server), sampled(watched, question.objectives, how.metrics, len(parts)) as keep:
        spools = _fresh_spools(folder, len(parts))
        jobs = _jobs(question, server, parts, spools, dialect, looks=looks)
        relay = Relay(question.name, question.limits, how.observer, lambda: Aside(sequential.seen, meter.left_usd))
        with how.engine.start(jobs) as crew:
            certificate, ahead_ns = Conductor(crew, score, relay).lead(), crew.ahead_ns
    telemetry = keep(folder, ahead_ns)
    measurement = read_measurement(folder / TABLE)
    measurement = replace(measurement, promises=judged.promises, telemetry=telemetry, tariff=tariff)
    how.leftovers.note(server, measurement)
    if server.foreign:
        how.cap.spend(measurement)
    usd = meter.paid(measurement)
    figures, cut = Figures(measurement, how.metrics, how.confidence), ""
    if settle:
        figures, cut = settled(figures)
    if cut:
        how.observer.say(f"{question.name}: {cut}; it is left out")
        write_measurement(folder / TABLE, figures.measurement)
    for spool in spools:
        spool.unlink()
    see_that_it_was_not_lost(server, measurement)
    if measurement.window_requests.num_rows == 0:
        raise InvalidMeasurement(
            f"{question.name}: no request began in the window of {measurement.window.seconds:.1f} s; measure for longer"
        )
    looked, decided = tuple(sequential.looked), sequential.decided
    open_loop, objectives = judged.open_loop, question.objectives
    run = Run(question.name, figures, folder, certificate, open_loop, objectives, looked, decided, cut, shape_s)
    run.usd, run.unpaid = usd, meter.spent
    return run


def _jobs(
    question: Question, server: Server, parts: Sequence[Share], spools: Sequence[Path], dialect: Dialect, *, looks: bool
) -> list[Job]:
    """The load workers, each on a core of its own where there are as many, and the decoder on whichever is idle."""
    endpoint, limits = server.endpoint, question.limits
    cores, jobs = endpoint.client_cores, []
    for part, spool in zip(parts, spools, strict=True):
        plan = LoadPlan(endpoint, dialect, question.workload, question.load, limits, spool, part)
        plan = replace(plan, seed=question.seed, round=question.round)
        own = cores[part.nth : part.nth + 1] if 1 < part.of <= len(cores) else cores
        name = "load process" if part.of == 1 else f"load process {part.nth + 1} of {part.of}"
        jobs.append(Job(generate_load, plan, own, name, spools=True))
    table, sessions = spools[0].with_name(TABLE), isinstance(question.workload, Sessions)
    decoding = DecodePlan(dialect, tuple(spools), table, limits.requests, looks, sessions)
    return [*jobs, Job(decode_spools, decoding, cores, "decoder")]


def _watch(server: Server, cap: TokenCap, meter: Meter) -> Callable[[Standing], None]:
    """What is done at every sign of progress: see that the server lives, and that the cap and the budget hold."""

    def look(standing: Standing) -> None:
        failure = server.failure()
        if failure:
            raise LaunchError(f"{failure} in the middle of the run", server.log_tail())
        if server.foreign:
            cap.check(standing.output_tokens + standing.asked * meter.input_tokens)
        meter.look(standing)

    return look


def _fresh_spools(folder: Path, count: int) -> list[Path]:
    """Empty spools, one a worker, in a folder without anything else."""
    spools = [folder / (f"{_SPOOL}.{nth}" if nth else _SPOOL) for nth in range(count)]
    cleared(folder)
    try:
        for spool in spools:
            spool.touch()
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error}") from error
    return spools


def cleared(folder: Path) -> Path:
    """``folder``, made if it is not there, without what an earlier run of the case left.

    :raises StoreError: when it cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = [folder / name for name in ("case.json", TABLE, TASKS, TELEMETRY)]
        for old in (*files, *folder.glob(f"{_SPOOL}*"), *folder.glob("look.*")):
            old.unlink(missing_ok=True)
        for old in round_folders(folder):
            shutil.rmtree(old)
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error}") from error
    return folder


def limits_of(duration_s: float, requests: int | None, warmup_s: float | None) -> Limits:
    """The phases of a run; a warm-up that is not given is a sixth of the window, at most 5 s.

    :raises UsageError: for a window without length or requests.
    """
    if not is_number(duration_s) or not 0 < duration_s < math.inf:
        raise UsageError(f"a window of {duration_s!r} s cannot be measured; give it a positive number of seconds")
    if requests is not None and (not isinstance(requests, int) or requests < 1):
        raise UsageError(f"requests={requests!r}: a window needs a whole number of requests, from 1")
    if warmup_s is not None and (not is_number(warmup_s) or not 0 <= warmup_s < math.inf):
        raise UsageError(f"warmup={warmup_s}: give seconds from 0, or leave it 'auto'")
    return Limits(min(duration_s / 6, 5.0) if warmup_s is None else warmup_s, duration_s, requests)
