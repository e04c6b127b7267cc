from __future__ import annotations

import pickle

import numpy as np
import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.runs.verdicts.promises import judged_metric, promises_of
from pytest_fmbench.sla import parse
from tests.support.records import measured, record


def objective(metric: str) -> Objective:
    return Objective(f"{metric} < 1s", metric, None, "<", 1.0, per_request=True)


def test_only_objectives_on_each_request_are_promises() -> None:
    objectives = [parse(text, METRICS) for text in ("ttft.p50 < 1s", "ttft < 1s", "goodput > 90%", "tpot < 1s")]
    assert [promise.objective for promise in promises_of(objectives, METRICS)] == [objectives[1], objectives[3]]


def test_without_objectives_nothing_is_promised() -> None:
    assert promises_of([], METRICS) == ()


def test_a_promise_knows_its_value_of_each_window_request() -> None:
    [promise] = promises_of([objective("ttft")], METRICS)
    records = [record((100 + 10**9,)), record(status="failed"), record((105,), phase="drain")]
    assert np.isnan(promise.values(measured(*records))).tolist() == [False, True]
    assert promise.values(measured(*records))[0] == 1.0


@pytest.mark.parametrize("metric", ["error_rate", "request_rate"])
def test_what_has_no_value_of_each_request_cannot_be_promised(metric: str) -> None:
    [promise] = promises_of([objective(metric)], METRICS)
    with pytest.raises(UsageError, match=rf"^metric '{metric}' has no value of each request$"):
        promise.values(measured(record((105,))))


def test_a_promise_on_an_unknown_metric_is_refused() -> None:
    with pytest.raises(UnknownName, match="ttfft"):
        promises_of([objective("ttfft")], METRICS)


@pytest.mark.parametrize(("open_loop", "value"), [(False, 1.0), (True, 2.0)])
def test_in_open_loop_a_promise_counts_from_the_schedule(open_loop: bool, value: float) -> None:
    [promise] = promises_of([objective("ttft")], METRICS, open_loop=open_loop)
    late = record((100 + 2 * 10**9,), sent_ns=100 + 10**9, scheduled_ns=100)
    assert promise.objective == objective("ttft")
    assert promise.values(measured(late)).tolist() == [value]


@pytest.mark.parametrize(
    ("metric", "judged"),
    [("ttft", "ttft_scheduled"), ("e2e", "e2e_scheduled"), ("tpot", "tpot"), ("error_rate", "error_rate")],
)
def test_only_latencies_are_judged_from_the_schedule(metric: str, judged: str) -> None:
    assert judged_metric(objective(metric), open_loop=True) == judged
    assert judged_metric(objective(metric), open_loop=False) == metric


def test_a_promise_survives_pickling() -> None:
    [promise] = pickle.loads(pickle.dumps(promises_of([objective("ttft")], METRICS)))  # noqa: S301
    assert promise.values(measured(record((100 + 10**9,)))).tolist() == [1.0]
