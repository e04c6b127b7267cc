from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.samples import Rate, Share
from pytest_fmbench.sla import aim_of, parse, score
from pytest_fmbench.stats.capacity import Aim, Scale


def objective(text: str) -> Objective:
    return parse(text, METRICS)


@pytest.mark.parametrize(
    ("text", "limit", "scale"),
    [
        ("ttft.p95 < 1s", 0.05, Scale.SHARE),
        ("itl.p50 <= 20ms", 0.5, Scale.SHARE),
        ("e2e.mean < 2s", 2.0, Scale.AMOUNT),
        ("error_rate < 1%", 0.01, Scale.SHARE),
        ("goodput >= 90%", 0.1, Scale.SHARE),
        ("error_rate <= 0%", 0.0, Scale.COUNT),
        ("goodput >= 100%", 0.0, Scale.COUNT),
        ("ttft.max < 3s", 0.0, Scale.COUNT),
    ],
)
def test_an_objective_is_a_ceiling_on_the_mean_of_scores(text: str, limit: float, scale: Scale) -> None:
    one = objective(text)
    aim = aim_of(one, METRICS[one.metric])
    assert aim == Aim(text, aim.limit, scale)
    assert aim.limit == pytest.approx(limit)


@pytest.mark.parametrize(
    "text",
    [
        "ttft.p95 > 1s",
        "output_token_rate > 10tok/s",
        "output_tokens.mean < 9",
        "goodput <= 90%",
        "request_rate < 9req/s",
    ],
)
def test_what_does_not_get_worse_with_the_rate_has_no_capacity(text: str) -> None:
    one = objective(text)
    with pytest.raises(UsageError, match="does not get worse as the rate grows"):
        aim_of(one, METRICS[one.metric])


@pytest.mark.parametrize("text", ["gpu.power.mean < 300W", "server.waiting.max < 9", "energy_per_1k_tokens < 20J"])
def test_telemetry_has_no_capacity(text: str) -> None:
    one = objective(text)
    with pytest.raises(UsageError, match=r"is about telemetry, of which probes of a capacity take none; leave it out$"):
        aim_of(one, METRICS[one.metric])


def test_scores_are_what_breaks_a_promise() -> None:
    values = np.array([0.5, 1.0, 1.5, math.nan])
    assert score(objective("ttft.p95 < 1s"), values) == pytest.approx(2 / 3), "1 s does not keep < 1 s"
    assert score(objective("ttft.p95 <= 1s"), values) == pytest.approx(1 / 3)
    assert score(objective("ttft.mean < 1s"), values) == 1.0
    assert score(objective("ttft.max < 2s"), values) == 0.0
    flags = np.array([True, False, False, False])
    assert score(objective("error_rate < 1%"), Share(flags)) == 0.25
    assert score(objective("goodput > 90%"), Share(flags)) == 0.75


def test_no_sample_has_no_score() -> None:
    assert math.isnan(score(objective("ttft.p95 < 1s"), np.array([math.nan])))
    assert math.isnan(score(objective("error_rate < 1%"), Share(np.zeros(0, np.bool_))))
    with pytest.raises(UsageError, match="no value of each request"):
        score(objective("request_rate > 1req/s"), Rate(np.ones(3), np.ones(3)))
