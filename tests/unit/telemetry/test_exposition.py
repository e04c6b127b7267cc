from __future__ import annotations

import pytest

from pytest_fmbench.catalog import STACKS
from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.model.telemetry import SERVER
from pytest_fmbench.telemetry.base import Reading
from pytest_fmbench.telemetry.exposition import page_of, readings
from tests.support.telemetry import LLAMACPP, VLLM


def told(stack: str, page: str) -> list[Reading]:
    return list(readings(page_of(page), STACKS[stack]().card.metrics, SERVER))


def single(stack: str, page: str) -> dict[str, float]:
    return {one.name: one.value for one in told(stack, page) if one.bound is None}


def test_engines_of_vllm_are_added_up_and_shares_averaged() -> None:
    assert single("vllm", VLLM) == {
        "running": 5.0,
        "waiting": 1.0,
        "kv_cache": 0.5,
        "prefix_queries": 1500.0,
        "preemptions": 0.0,
        "output_tokens": 704.0,
        "ttft_sum": 2.501,
        "ttft_count": 11.0,
    }


def test_buckets_of_engines_are_added_up_at_each_bound() -> None:
    buckets = [(one.name, one.bound, one.value) for one in told("vllm", VLLM) if one.bound is not None]
    assert buckets == [("ttft_bucket", 0.001, 1.0), ("ttft_bucket", 0.25, 9.0), ("ttft_bucket", float("inf"), 11.0)]


def test_llamacpp_is_told_in_the_same_words() -> None:
    assert single("llamacpp", LLAMACPP) == {
        "running": 2.0,
        "waiting": 1.0,
        "batch": 1.5,
        "input_tokens": 74.0,
        "output_tokens": 12.0,
    }


@pytest.mark.parametrize(("stack", "page"), [("vllm", VLLM), ("llamacpp", LLAMACPP)])
def test_the_lines_that_are_asked_for_say_the_same_as_all(stack: str, page: str) -> None:
    names = STACKS[stack]().card.metrics
    some = page_of(page, names.values())
    assert list(readings(some, names, SERVER)) == told(stack, page)
    assert "vllm:prefix_cache_queries_created" not in page_of(page, ["vllm:num_requests_running"])


@pytest.mark.parametrize("asked", ["x", "x_total"])
@pytest.mark.parametrize("there", ["x", "x_total"])
@pytest.mark.parametrize("kind", ["counter", "gauge", "untyped"])
def test_a_counter_may_have_total_behind_it_or_not(asked: str, there: str, kind: str) -> None:
    text = f"# HELP {there} It.\n# TYPE {there} {kind}\n{there} 7\n"
    for page in (page_of(text), page_of(text, [asked])):
        assert list(readings(page, {"output_tokens": asked}, SERVER)) == [Reading("output_tokens", 7.0)]


def test_what_the_page_does_not_have_is_not_there() -> None:
    assert told("vllm", LLAMACPP) == []
    assert told("vllm", "") == []


def test_what_is_no_number_is_not_there() -> None:
    assert single("llamacpp", "llamacpp:requests_processing NaN\nllamacpp:requests_deferred +Inf\n") == {}


def test_devices_are_kept_apart_where_labels_say_which() -> None:
    page = page_of('x{gpu="1"} 1\nx{gpu="0"} 2\nx{gpu="1"} 4\n')
    found = readings(page, {"running": "x"}, SERVER, lambda labels: labels["gpu"])
    assert sorted(found) == [Reading("running", 2.0, "0"), Reading("running", 5.0, "1")]


@pytest.mark.parametrize("text", ["<html>", "x", "{", "x{a} b", "# TYPE x"])
def test_what_is_no_page_says_so(text: str) -> None:
    with pytest.raises(TelemetryFault, match=r"^no page of metrics: "):
        page_of(text)


def test_a_bucket_without_a_bound_is_none() -> None:
    page = page_of('y_bucket 1\ny_bucket{le="wide"} 2\ny_bucket{le="1"} 3\ny_count 3\n')
    found = readings(page, {"ttft": "y"}, SERVER)
    assert list(found) == [Reading("ttft_bucket", 3.0, bound=1.0), Reading("ttft_count", 3.0)]
