"""What the mock tells of itself is what it did."""

from __future__ import annotations

import json
from http.client import HTTPConnection

import pytest

from pytest_fmbench.catalog import STACKS
from pytest_fmbench.model.telemetry import SERVER
from pytest_fmbench.telemetry.base import Reading
from pytest_fmbench.telemetry.exposition import page_of, readings
from pytest_fmbench.testing import Mock, constant, healthy, serving
from tests.support.processes import eventually
from tests.unit.testing.talk import post

PATH = "/v1/chat/completions"


def told(mock: Mock) -> list[Reading]:
    connection = HTTPConnection("127.0.0.1", mock.port)
    connection.request("GET", "/metrics")
    reply = connection.getresponse()
    assert (reply.status, reply.getheader("Content-Type")) == (200, "text/plain; version=0.0.4; charset=utf-8")
    page = page_of(reply.read().decode())
    connection.close()
    return list(readings(page, STACKS["vllm"]().card.metrics, SERVER))


def single(mock: Mock) -> dict[str, float]:
    return {one.name: one.value for one in told(mock) if one.bound is None}


def test_it_counts_what_it_wrote_and_how_long_first_tokens_took() -> None:
    with serving(healthy(ttft=constant(0.03), output_tokens=constant(3)), metrics=True) as mock:
        assert single(mock) == {"running": 0, "waiting": 0, "output_tokens": 0, "ttft_count": 0, "ttft_sum": 0}
        for _ in range(2):
            post(mock.port, PATH, stream=True)
        found, buckets = single(mock), {one.bound: one.value for one in told(mock) if one.bound is not None}
        times_s = [(truth.begin_ns[0] - truth.read_ns) / 1e9 for truth in mock.truths() if truth.begin_ns]
    assert (found["output_tokens"], found["ttft_count"]) == (6, 2)
    assert found["ttft_sum"] == pytest.approx(sum(times_s))
    assert buckets[0.02] == 0
    assert buckets[float("inf")] == 2
    assert all(count == sum(one <= bound for one in times_s) for bound, count in buckets.items() if bound is not None)


def test_a_request_runs_until_its_reply_has_ended() -> None:
    with serving(healthy(itl=constant(30.0), output_tokens=constant(2)), metrics=True) as mock:
        connection = HTTPConnection("127.0.0.1", mock.port)
        connection.request("POST", PATH, json.dumps({"stream": True}))
        assert eventually(lambda: single(mock)["running"] == 1)
        connection.close()
        assert eventually(lambda: single(mock)["running"] == 0)


def test_unless_it_is_asked_to_the_script_answers() -> None:
    with serving(healthy()) as mock:
        connection = HTTPConnection("127.0.0.1", mock.port)
        connection.request("GET", "/metrics")
        assert connection.getresponse().status == 404
        connection.close()
