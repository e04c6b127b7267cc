from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.metrics.base import of_requests
from pytest_fmbench.model.certificate import Certificate
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.model.objective import Objective, Outcome, Verdict
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.model.units import Unit
from pytest_fmbench.runs.figures import STATISTICS
from pytest_fmbench.runs.summary import Summary, summarise
from tests.support.records import WINDOW, measured, record, run_of

SUBJECT = {"deployment": "m+s+local", "workload": "Chat(output_tokens=8)", "load": "closed:1"}
PLAIN = {dict, list, str, int, float, bool, type(None)}

GAPS = st.lists(st.integers(0, 2**40), max_size=4)
RECORD = st.builds(
    lambda gaps, status, phase, tokens: record(
        tuple(100 + sum(gaps[: at + 1]) for at in range(len(gaps))), status=status, phase=phase, output_tokens=tokens
    ),
    GAPS,
    st.sampled_from(["ok", "failed", "censored"]),
    st.sampled_from(["warmup", "window", "drain"]),
    st.none() | st.integers(0, 2**31),
)
WINDOWS = st.builds(lambda begin, length: Window(begin, begin + length), st.integers(0, 2**50), st.integers(0, 2**50))


def summary(*records: RequestRecord, window: Window = WINDOW, verdicts: tuple[Verdict, ...] = ()) -> Summary:
    run = run_of(measured(*records, window=window))
    run.verdicts = [*verdicts]
    return summarise(run, SUBJECT)


def types_in(value: Any) -> Iterator[type]:
    yield type(value)
    inner = [*value.keys(), *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from types_in(one)


def test_it_says_what_was_measured() -> None:
    found = summary(record((105, 115)), record((105,), phase="drain"))
    assert [found[name] for name in ("name", "deployment", "load")] == ["a case", "m+s+local", "closed:1"]
    assert found["workload"] == "Chat(output_tokens=8)"
    assert (found["window_s"], found["requests"]) == (1.0, 1)


def test_it_says_how_far_it_can_be_trusted() -> None:
    run = run_of(measured(record((105,))), Certificate(3, 4, 0.5))
    run.invalid = ["why"]
    found = summarise(run, SUBJECT)
    assert found["certificate"] == asdict(run.certificate)
    assert found["certificate"]["run_queue_share"] == 0.5
    assert found["invalid"] == ["why"]
    assert found["warnings"] == ["a case: the load generator waited for a core for 50% of the run"]


def test_it_holds_every_metric_in_every_usual_statistic() -> None:
    plain = of_requests(METRICS)
    many = [name for name in plain if METRICS[name].kind.takes_statistic]
    expected = {f"{name}.{statistic}" for name in many for statistic in STATISTICS} | ({*plain} - {*many})
    assert set(summary(record((105, 115)))["figures"]) == expected


def test_a_figure_is_in_si_units() -> None:
    found = summary(record((105,)))["figures"]["ttft.max"]
    assert found == {"value": 5e-9, "low": 5e-9, "high": None, "n": 1, "unit": "s"}


def test_what_was_not_measured_is_null() -> None:
    found = summary()["figures"]["ttft.p50"]
    assert found == {"value": None, "low": None, "high": None, "n": 0, "unit": "s"}


def test_a_verdict_is_told_with_its_interval() -> None:
    estimate = Estimate(0.6, 0.55, math.inf, 40, unit=Unit.SECOND)
    verdict = Verdict(Objective("ttft.p95 < 500ms", "ttft", "p95", "<", 0.5), Outcome.FAIL, estimate, "too slow")
    figure = {"value": 0.6, "low": 0.55, "high": None, "n": 40, "unit": "s"}
    told = {"objective": "ttft.p95 < 500ms", "outcome": "fail", "limit": 0.5, "reason": "too slow"}
    assert summary(verdicts=(verdict,))["verdicts"] == [told | figure]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_verdict_on_what_is_no_number_is_json_too(value: float) -> None:
    verdict = Verdict(Objective("o", "ttft", "p95", "<", 0.5), Outcome.INVALID, Estimate(value, value, value, 0), "why")
    assert json.loads(json.dumps(summary(verdicts=(verdict,)), allow_nan=False))["verdicts"][0]["value"] is None


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(RECORD, max_size=15), WINDOWS)
def test_whatever_was_measured_it_is_plain_json(records: list[RequestRecord], window: Window) -> None:
    found = summary(*records, window=window)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert {*types_in(found)} <= PLAIN
