"""Objectives on what is sampled, whose names have a dot."""

from __future__ import annotations

import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.errors import ObjectiveSyntaxError
from pytest_fmbench.sla import parse


@pytest.mark.parametrize(
    ("text", "metric", "statistic", "limit"),
    [
        ("gpu.power.mean < 300W", "gpu.power", "mean", 300.0),
        ("gpu.power.max<0.5 kW", "gpu.power", "max", 500.0),
        (" gpu . power . p95 <= 300 W", "gpu.power", "p95", 300.0),
        ("server.kv_cache.max < 95%", "server.kv_cache", "max", 0.95),
        ("server.waiting.mean < 2", "server.waiting", "mean", 2.0),
        ("server.running.max <= 4 req", "server.running", "max", 4.0),
        ("server.output_tokens.mean > 100 tok/s", "server.output_tokens", "mean", 100.0),
        ("gpu.memory.max < 70GiB", "gpu.memory", "max", 70.0 * 2**30),
        ("gpu.sm_clock.mean > 1.2GHz", "gpu.sm_clock", "mean", 1.2e9),
        ("gpu.throttled.mean <= 1%", "gpu.throttled", "mean", 0.01),
        ("host.network_in.mean < 10MB/s", "host.network_in", "mean", 1e7),
        ("energy_per_1k_tokens < 20J", "energy_per_1k_tokens", None, 20.0),
    ],
)
def test_they_are_read(text: str, metric: str, statistic: str | None, limit: float) -> None:
    found = parse(text, METRICS)
    assert (found.metric, found.statistic) == (metric, statistic)
    assert found.limit == pytest.approx(limit)
    assert not found.per_request


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("gpu < 300W", "< 300W", "one of gpu.energy, gpu.memory, gpu.power, "),
        ("gpu. < 300W", "< 300W", "one of gpu.energy, "),
        ("gpu.powr.mean < 300W", "powr.mean < 300W", "unknown metric 'gpu.powr', did you mean 'gpu.power'?"),
        ("server.ttft.mean < 1s", "ttft.mean < 1s", "unknown metric 'server.ttft'"),
        ("gpu.power < 300W", "< 300W", "gpu.power has many values a run and needs a statistic, one of gpu.power.mean"),
        ("gpu.power.mean < 300", "", "of what? A unit is needed: W, kW"),
        ("gpu.power.mean < 300J", "J", "J is a unit of something else; what fits here is W, kW"),
        ("gpu.power.median < 300W", "median < 300W", "unknown statistic 'median'"),
        ("energy_per_1k_tokens.mean < 20J", ".mean < 20J", "is one number and takes no statistic"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, at: str, said: str) -> None:
    with pytest.raises(ObjectiveSyntaxError) as caught:
        parse(text, METRICS)
    assert text[caught.value.position :] == at
    assert said in caught.value.problem
