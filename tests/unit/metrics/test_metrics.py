from __future__ import annotations

import sys
from functools import partial
from typing import Any

import numpy as np
import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.metrics.base import Kind
from pytest_fmbench.metrics.costs import COSTS
from pytest_fmbench.metrics.task_sums import SUMS
from pytest_fmbench.model.measurement import Measurement, Promise, Window
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.samples import Rate, Share
from pytest_fmbench.model.telemetry import SAMPLED
from tests.support.records import measured, record


def ns(name: str, measurement: Measurement) -> list[float]:
    """A metric's values in ns, exact: any rounding to seconds comes back."""
    samples = METRICS[name].compute(measurement)
    assert isinstance(samples, np.ndarray)
    return [float(round(value * 1e9, 3)) for value in samples]


def test_ttft_is_first_chunk_minus_sent() -> None:
    assert ns("ttft", measured(record((105, 115)), record((207,), sent_ns=200))) == [5, 7]


def test_ttft_scheduled_counts_from_the_schedule() -> None:
    assert ns("ttft_scheduled", measured(record((105, 115), scheduled_ns=90))) == [15]


def test_e2e_is_last_chunk_minus_sent_whatever_comes_after_it() -> None:
    assert ns("e2e", measured(record((105, 115), done_ns=500))) == [15]


def test_e2e_scheduled_counts_from_the_schedule() -> None:
    assert ns("e2e_scheduled", measured(record((105, 115), scheduled_ns=90))) == [25]


def test_stamps_are_exact_after_a_year_of_uptime() -> None:
    year = 366 * 86_400 * 10**9 + 1
    assert ns("ttft", measured(record((year + 1,), sent_ns=year))) == [1]


def test_tpot_is_decode_time_over_the_further_tokens() -> None:
    assert ns("tpot", measured(record((105, 115, 135)))) == [15]


def test_tpot_counts_the_servers_tokens_where_it_tells_them() -> None:
    assert ns("tpot", measured(record((105, 115, 135), output_tokens=4))) == [10]


def test_tpot_of_a_single_token_cannot_be_computed() -> None:
    assert np.isnan(ns("tpot", measured(record((105,))))).all()


def test_ntpot_is_e2e_over_tokens() -> None:
    assert ns("ntpot", measured(record((110, 130)))) == [15]


def test_icl_pools_the_gaps_between_chunks_within_requests() -> None:
    assert ns("icl", measured(record((105, 115, 140)), record((300, 301), sent_ns=290))) == [10, 25, 1]


def test_itl_splits_a_gap_over_the_tokens_of_its_chunk() -> None:
    assert ns("itl", measured(record((105, 115, 145), tokens=(1, 1, 3)))) == [10, 10, 10, 10]


def test_itl_gives_no_gap_to_further_tokens_of_the_first_chunk() -> None:
    assert ns("itl", measured(record((105, 115), tokens=(3, 1)))) == [10]


def test_schedule_lateness_is_begun_minus_scheduled_even_of_failures() -> None:
    assert ns("schedule_lateness", measured(record(scheduled_ns=90, begun_ns=93, status="failed"))) == [3]


def test_token_counts_prefer_the_servers() -> None:
    both = measured(record((105,), output_tokens=7, input_tokens=5), record((205,), sent_ns=200))
    assert METRICS["output_tokens"].compute(both).tolist() == [7, 1]  # type: ignore[union-attr]
    assert np.isnan(METRICS["input_tokens"].compute(both)).tolist() == [False, True]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["ttft", "e2e", "tpot", "ntpot", "ttft_scheduled", "e2e_scheduled", "output_tokens"])
@pytest.mark.parametrize("status", ["failed", "censored"])
def test_what_did_not_succeed_has_no_latency(name: str, status: str) -> None:
    values = ns(name, measured(record((105, 115), status=status), record((205, 215), sent_ns=200)))
    assert np.isnan(values).tolist() == [True, False]


@pytest.mark.parametrize("name", ["itl", "icl"])
def test_what_did_not_succeed_has_no_gaps(name: str) -> None:
    assert ns(name, measured(record((105, 115), status="failed"), record((205, 208), sent_ns=200))) == [3]


@pytest.mark.parametrize("name", [name for name in METRICS if METRICS[name].kind is not Kind.RATE])
@pytest.mark.parametrize("phase", ["warmup", "drain"])
def test_only_requests_of_the_window_are_counted_each(name: str, phase: str) -> None:
    samples = METRICS[name].compute(measured(record((105, 115), phase=phase)))
    assert len(samples.flags if isinstance(samples, Share) else samples) == 0  # type: ignore[arg-type]


def test_error_rate_is_the_share_that_failed() -> None:
    found = METRICS["error_rate"].compute(measured(record((105,)), record(status="failed"), record(status="censored")))
    assert isinstance(found, Share)
    assert sorted(found.flags) == [False, False, True]


def promise(metric: str, operator: str, limit: float) -> Promise:
    values: Any = METRICS[metric].compute
    return Promise(Objective("t", metric, None, operator, limit, per_request=True), values)


def test_goodput_is_the_share_that_keeps_every_promise() -> None:
    quick, slow = record((105, 115)), record((190, 195))
    lost, cut = record((105, 115), status="failed"), record((105, 115), status="censored")
    requests = measured(quick, slow, lost, cut, promises=(promise("ttft", "<", 50e-9), promise("tpot", "<", 50e-9)))
    assert METRICS["goodput"].compute(requests).flags.tolist() == [True, False, False, False]  # type: ignore[union-attr]


def test_goodput_does_not_blame_a_request_for_what_cannot_be_computed() -> None:
    requests = measured(record((105,)), promises=(promise("tpot", "<", 1e-9),))
    assert METRICS["goodput"].compute(requests).flags.tolist() == [True]  # type: ignore[union-attr]


def test_request_rate_counts_ends_in_the_window() -> None:
    window = Window(1_000, 3_000)
    early = record((900, 1_000), sent_ns=800, phase="warmup")
    within = record((2_000, 2_999), sent_ns=1_500)
    late = record((2_000, 3_000), sent_ns=1_500)
    failed = record((2_000, 2_100), sent_ns=1_500, status="failed")
    found = METRICS["request_rate"].compute(measured(early, within, late, failed, window=window))
    assert isinstance(found, Rate)
    assert found.amounts.sum() == 2
    assert found.seconds.sum() == pytest.approx(2e-6)


def test_output_token_rate_counts_tokens_at_their_arrival() -> None:
    window = Window(1_000, 3_000)
    across = record((900, 1_000, 2_000, 3_000), sent_ns=800, tokens=(1, 2, 4, 8), phase="warmup")
    cut = record((2_500,), sent_ns=2_400, tokens=(16,), status="censored")
    failed = record((2_500,), sent_ns=2_400, tokens=(32,), status="failed")
    found = METRICS["output_token_rate"].compute(measured(across, cut, failed, window=window))
    assert isinstance(found, Rate)
    assert found.amounts.sum() == 2 + 4 + 16
    assert found.amounts[0] == 2
    assert found.amounts[10] == 4


@pytest.mark.parametrize("name", [*METRICS])
def test_a_metric_is_named_as_its_file_and_states_its_formula(name: str) -> None:
    metric = METRICS[name]
    assert metric.name == name
    compute = metric.compute.func if isinstance(metric.compute, partial) else metric.compute
    several = {"series": {*SAMPLED}, "task_sums": {*SUMS}, "costs": {*COSTS}}  # files that declare many
    file = next((file for file, names in several.items() if name in names), name.replace(".", "_"))
    assert compute.__module__ == f"pytest_fmbench.metrics.{file}"
    assert sys.modules[compute.__module__].__doc__


@pytest.mark.parametrize("name", [*METRICS])
def test_no_request_at_all_is_no_error(name: str) -> None:
    METRICS[name].compute(measured())


def test_ttfot_is_the_first_chunk_that_is_neither_reasoning_nor_a_tool_call() -> None:
    thought = record((105, 115, 125), chunk_kind=("reasoning", "tool", "content"))
    called = record((205,), sent_ns=200, chunk_kind=("tool",))
    plain = record((305, 309), sent_ns=300)
    found = ns("ttfot", measured(thought, called, plain))
    assert [found[0], found[2]] == [25, 5]
    assert np.isnan(found[1])


def test_reasoning_time_is_from_its_first_chunk_to_its_last() -> None:
    thought = record((105, 115, 125), chunk_kind=("reasoning", "reasoning", "content"))
    once = record((205, 215), sent_ns=200, chunk_kind=("reasoning", "content"))
    plain = record((305,), sent_ns=300)
    found = ns("reasoning_time", measured(thought, once, plain))
    assert found[:2] == [10, 0]
    assert np.isnan(found[2])


def test_reasoning_and_answer_tokens_are_told_apart() -> None:
    told = record((105, 115), chunk_kind=("reasoning", "content"), output_tokens=9, reasoning_tokens=5)
    counted = record((205, 215), tokens=(3, 2), sent_ns=200, chunk_kind=("reasoning", "content"))
    plain = record((305, 315, 325), sent_ns=300)
    whole = record((405,), tokens=(7,), sent_ns=400)
    drawn = record((505,), tokens=(0,), sent_ns=500, items=1)
    requests = measured(told, counted, plain, whole, drawn)
    assert known("reasoning_tokens", requests) == [5, 3, 0, None, None]
    assert known("answer_tokens", requests) == [4, 2, 3, None, None]


def known(name: str, requests: Measurement) -> list[float | None]:
    samples = METRICS[name].compute(requests)
    assert isinstance(samples, np.ndarray)
    return [None if np.isnan(value) else float(value) for value in samples]


def test_item_rate_counts_items_at_the_end_of_their_request() -> None:
    window = Window(1_000, 3_000)
    early = record((1_000,), sent_ns=800, phase="warmup", items=2)
    late = record((3_000,), sent_ns=2_000, items=4)
    failed = record((2_500,), sent_ns=2_000, status="failed", items=8)
    last = record((2_999,), sent_ns=2_000, items=16)
    found = METRICS["item_rate"].compute(measured(early, late, failed, last, window=window))
    assert isinstance(found, Rate)
    assert (found.amounts[0], found.amounts[19], found.amounts.sum()) == (2, 16, 18)
    assert known("items", measured(early, late, failed, last, window=window)) == [4, None, 16]


def test_texts_have_no_item_rate() -> None:
    found = METRICS["item_rate"].compute(measured(record((105,))))
    assert isinstance(found, Rate)
    assert found.amounts.size == 0
