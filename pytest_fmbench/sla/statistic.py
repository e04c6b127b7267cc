"""Names of statistics: ``mean``, ``max`` and percentiles, as ``p95`` or ``p99.9``."""

from __future__ import annotations

import re
from decimal import Decimal

EXAMPLES = ("mean", "max", "p50", "p90", "p95", "p99")
"""The statistics that messages offer; any percentile between p0 and p100 works."""

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?)", re.ASCII)


def canonical(name: str) -> str | None:
    """``name`` in its one spelling (``p95.0`` is ``p95``), or None if it is no statistic."""
    if name in {"mean", "max"}:
        return name
    percent = _percent(name)
    return f"p{percent.normalize():f}" if percent else None


def quantile_of(statistic: str | None) -> float | None:
    """The share below it, for a percentile: 0.95 for ``"p95"``. None for any other statistic, and for none."""
    percent = _percent(statistic or "")
    return float(percent / 100) if percent else None


def _percent(name: str) -> Decimal:
    """The number in a percentile's name, or 0."""
    match = _PERCENTILE.fullmatch(name)
    return Decimal(match[1]) if match else Decimal(0)
