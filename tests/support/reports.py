"""A made-up session that has something for every part of a report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.runs.summary import summarise
from pytest_fmbench.runs.verdicts.judge import judge_run
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.sinks.html.base import Told
from pytest_fmbench.sla import parse
from pytest_fmbench.store.session import provenance, write_json
from pytest_fmbench.store.table import write_measurement
from pytest_fmbench.store.telemetry import write_telemetry
from tests.support.agents_shown import agents_run
from tests.support.recommended import recommendation
from tests.support.records import measured, record, run_of
from tests.support.sessions import SUBJECT
from tests.support.telemetry import At, telemetry

S = 1_000_000_000
SPEEDS = {
    "smollm2-135m-q4_1+llamacpp+local": 1.0,
    "smollm2-135m-bf16+vllm_cpu+local": 1.4,
    "smollm2-135m-bf16+sglang+local": 2.6,
}
SLA = ("ttft.p95 < 300ms", "tpot.mean < 30ms", "error_rate <= 0%")


def shown_session(folder: Path) -> Told:
    """Three deployments under three loads, and agents; some fail. Records and telemetry lie in ``folder``."""
    runs = [
        _run(folder, nth, deployment, users, speed)
        for nth, (users, (deployment, speed)) in enumerate(
            (users, one) for users in (1, 4, 16) for one in SPEEDS.items()
        )
    ]
    runs[-1]["invalid"] = ["the load generator was late by 12 ms at the 99th percentile, more than 2% of the limit"]
    runs.append(_agents(folder))
    session = provenance({"fmbench_duration": "20s", "fmbench_confidence": 0.95})
    write_json(folder / "session.json", session)
    what, why = "test_chat[llama-3.1-8b+vllm+ec2:g6e.2xlarge]", "needs --fmbench-budget: it would cost $0.42"
    skipped = [(f"benchmarks/test_chat.py::{what}", why)]
    errors = [("benchmarks/test_long.py::test_long", "EnvironmentFault: the server ended with 137 while it started")]
    qualities = [_quality(deployment, 0.35 + 0.15 * nth) for nth, deployment in enumerate(SPEEDS)]
    answer = recommendation()
    return Told(runs, session, folder, errors, skipped, [_capacity()], qualities=qualities, recommendation=answer)


def _run(folder: Path, nth: int, deployment: str, users: int, speed: float) -> dict[str, Any]:
    draws = Random(nth)  # noqa: S311  # made-up figures, no secret
    records = sorted(_asked(draws, users, speed), key=lambda one: one.begun_ns)
    objectives = [parse(text, METRICS) for text in SLA]
    measurement = replace(
        measured(*records, window=Window(4 * S, 20 * S)), telemetry=telemetry(*_sampled(draws, users))
    )
    run = run_of(measurement)
    run.objectives = tuple(objectives)
    run.verdicts = judge_run(run, objectives, Strictness())
    run.usd = speed * 0.0011
    name = f"test_chat[{deployment}-closed:{users}]"
    case = {"case": f"benchmarks/test_chat.py::{name}", "name": name, "deployment": deployment}
    summary = summarise(run, SUBJECT | case | {"load": f"closed:{users}", "folder": f"cases/{nth}", "sla": list(SLA)})
    where = folder / "cases" / str(nth)
    where.mkdir(parents=True)
    write_measurement(where / "requests.parquet", measurement)
    assert measurement.telemetry is not None
    write_telemetry(where / "telemetry.parquet", measurement.telemetry)
    return summary


def _agents(folder: Path) -> dict[str, Any]:
    """A run of agents on the first of the deployments."""
    deployment, measurement = next(iter(SPEEDS)), agents_run()
    name = f"test_agentic[{deployment}]"
    case = {"case": f"benchmarks/test_agentic.py::{name}", "name": name, "deployment": deployment}
    told = {"workload": "Agentic()", "load": "closed:1", "folder": "cases/agents"}
    summary = summarise(run_of(measurement), SUBJECT | case | told)
    where = folder / "cases" / "agents"
    where.mkdir(parents=True)
    write_measurement(where / "requests.parquet", measurement)
    return summary


def _asked(draws: Random, users: int, speed: float) -> Iterator[RequestRecord]:
    """Each user asks again once he has his reply, for 20 s."""
    for user in range(users):
        at = user * S // 50
        while at < 20 * S:
            made = _request(draws, at, speed * (1 + users / 12), nth=user)
            yield made
            at = (made.done_ns or at) + S // 200


def _request(draws: Random, at: int, slow: float, nth: int) -> RequestRecord:
    first = round(draws.lognormvariate(-2.3, 0.35) * slow * S)
    stall = S // 2 if draws.random() < 0.02 else 0
    gaps = [round(draws.lognormvariate(-4.2, 0.25) * slow * S) for _ in range(draws.randint(12, 40))]
    chunks = [at + first]
    for place, gap in enumerate(gaps):
        chunks.append(chunks[-1] + gap + (stall if place == 5 else 0))
    phase = "warmup" if at < 4 * S else "window"
    stamps: dict[str, Any] = {
        "scheduled_ns": at,
        "begun_ns": at,
        "sent_ns": at,
        "phase": phase,
        "worker": 0,
        "stamp": "kernel",
    }
    if slow > 2 and draws.random() < 0.03:
        return record(**stamps, status="failed", error="timeout: nothing arrived for 5 s", done_ns=at + S)
    tokens = len(chunks)
    return record(
        tuple(chunks), **stamps, request_id=f"{nth}-{at}", done_ns=chunks[-1], output_tokens=tokens, input_tokens=40
    )


def _sampled(draws: Random, users: int) -> Iterator[At]:
    for tick in range(42):
        at = tick / 2
        yield At(at, "server.running", float(min(users, 4)))
        yield At(at, "server.waiting", float(max(0, users - 4) + draws.randint(0, 1)))
        yield At(at, "server.kv_cache", min(1.0, 0.1 + users / 20 + draws.random() / 20))
        yield At(at, "gpu.power", 60 + 12 * users + draws.random() * 20)
        yield At(at, "host.cpu", min(1.0, 0.2 + users / 30 + draws.random() / 10))


def _capacity() -> dict[str, Any]:
    rates, curves = (1.0, 2.0, 3.0, 4.0, 4.5, 5.0), dict[str, list[dict[str, Any]]]()
    for name, unit, base in (("ttft.p95", "s", 0.1), ("tpot.mean", "s", 0.02), ("output_token_rate", "tok/s", 24.0)):
        curves[name] = []
        for rate in rates:
            value = base * rate if unit == "tok/s" else base / (1 - rate / 5.6)
            ends = {"low": value * 0.85, "high": None if rate == 5.0 else value * 1.2}
            curves[name].append({"rate": rate, "value": value, **ends, "n": 100, "unit": unit, "fitted": value})
    probes = [
        {
            "rate": rate,
            "load": f"{rate:g} req/s",
            "requests": 100,
            "outcome": "holds" if rate < 4 else "open" if rate < 5 else "misses",
            "objectives": [{"objective": "ttft.p95 < 500ms", "outcome": "pass", **curves["ttft.p95"][nth]}],
        }
        for nth, rate in enumerate(rates)
    ]
    return {
        "case": "benchmarks/test_capacity.py::test_capacity",
        "name": "test_capacity",
        "probes": probes,
        "curves": curves,
        "rate": {"value": 4.4, "low": 4.1, "high": 4.8, "n": 600, "unit": "req/s", "confidence": 0.95},
        "why": "set by ttft.p95 < 500ms",
        "limits": {"ttft.p95": 0.5},
    }


_NONE = (("abstained", 0.0), ("unparsable", 0.0), ("failed", 0.0))


def _quality(deployment: str, score: float) -> dict[str, Any]:
    figures = {
        name: {"value": value, "low": value * 0.8, "high": min(1.0, value * 1.2), "n": 72, "unit": "1"}
        for name, value in (("score", score), ("numeric", score / 2), ("wrong", 0.3), *_NONE)
    }
    told = {"task": "basics", "items": 72, "failed": 0, "errors": {}, "outcome": "pass", "verdicts": []}
    name = f"test_quality[{deployment}]"
    return {
        "case": f"benchmarks/test_quality.py::{name}",
        "name": name,
        "deployment": deployment,
        **told,
        "figures": figures,
    }
