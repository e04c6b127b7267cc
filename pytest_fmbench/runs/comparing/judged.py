"""Judged statistics of two deployments as plain values, as records keep them and reports show them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from pytest_fmbench.metrics.base import Metric, named
from pytest_fmbench.model.comparison import Compared
from pytest_fmbench.model.registry import Registry


def in_plain(statistics: Iterable[Compared], metrics: Registry[Metric]) -> list[dict[str, Any]]:
    """Each with its unit; what is not finite is None."""
    return [_plain(one, metrics[named(one.name, metrics)[0]]) for one in statistics]


def _plain(one: Compared, metric: Metric) -> dict[str, Any]:
    numbers = {
        "baseline": one.baseline,
        "candidate": one.candidate,
        "ratio": float(one.ratio),
        "low": one.ratio.low,
        "high": one.ratio.high,
        "confidence": one.ratio.confidence,
    }
    return {
        "name": one.name,
        "unit": metric.unit.value,
        **{name: float(value) if math.isfinite(value) else None for name, value in numbers.items()},
        "change": one.change.value,
        "reason": one.reason,
    }
