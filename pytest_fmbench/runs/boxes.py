"""How the latencies of a run are spread, as plain values: for those who draw them, and for pytest-benchmark."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pytest_fmbench.runs.run import Run

LATENCIES = ("ttft", "itl", "tpot", "e2e")
_SCHEDULED = ("ttft_scheduled", "e2e_scheduled")
"""In open loop those are judged."""


def boxes(run: Run) -> dict[str, dict[str, Any]]:
    """By metric a :class:`pytest_fmbench.stats.boxes.Box`, in seconds; without those that no request has."""
    wanted = (*LATENCIES, *(_SCHEDULED if run.open_loop else ()))
    found = {metric: run.figures.box(metric) for metric in wanted if metric in run.figures.metrics}
    return {metric: asdict(one) for metric, one in found.items() if one is not None}
