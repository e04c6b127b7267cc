from __future__ import annotations

import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.metrics.base import named


@pytest.mark.parametrize(
    ("figure", "parts"),
    [
        ("ttft.p95", ("ttft", "p95")),
        ("ttft.p99.9", ("ttft", "p99.9")),
        ("goodput", ("goodput", "")),
        ("gpu.power.mean", ("gpu.power", "mean")),
        ("gpu.power.p99.9", ("gpu.power", "p99.9")),
        ("gpu.power", ("gpu.power", "")),
        ("energy_per_1k_tokens", ("energy_per_1k_tokens", "")),
        ("tftt.p95", ("tftt", "p95")),
    ],
)
def test_a_figures_name_is_its_metric_and_its_statistic(figure: str, parts: tuple[str, str]) -> None:
    assert named(figure, METRICS) == parts
