"""Sessions in which capacities were searched for, as files, without a server."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SLA = ("ttft.p95 < 1s", "error_rate <= 0%")
WORKLOAD = "Chat(output_tokens=200)"
ARRIVAL = {
    "task": False,
    "requests": 1.0,
    "input_tokens": 500.0,
    "output_tokens": 200.0,
    "cached_tokens": 0.0,
    "n": 900,
}


def search(
    deployment: str, rate: float, low: float | None, high: float | None, held: float, **others: Any
) -> dict[str, Any]:
    """A ``capacity.json``."""
    conditions = {
        "machine": {"cpu": "a", "cores": 8},
        "deployment": {"served": deployment.rpartition("+")[0], "platform": deployment.rpartition("+")[2]},
        "load": {"arrivals": "Poisson(rate=1.0)"},
        "client": {"http2": False},
    }
    curve = [
        {"rate": rate * part, "value": wait, "low": None, "high": None, "fitted": wait, "unit": "s", "n": 100}
        for part, wait in ((0.5, 0.2), (1.0, 1.0))
    ]
    found = {
        "case": f"test_capacity[{deployment}]",
        "deployment": deployment,
        "model": deployment.partition("+")[0],
        "instance": deployment.rpartition("+")[2].replace("_", ":"),
        "workload": WORKLOAD,
        "conditions": conditions,
        "sla": [*SLA],
        "rate": {"value": rate, "low": low, "high": high, "n": 900, "unit": "req/s", "confidence": 0.95},
        "held": {"rate": held, "confidence": 0.99},
        "arrival": ARRIVAL,
        "limiting": SLA[0],
        "why": f"set by {SLA[0]}",
        "curves": {"ttft_scheduled.p95": curve},
        "limits": {"ttft_scheduled.p95": 1.0, "error_rate": 0.0},
        "probes": [],
    }
    return found | others


def quality(deployment: str, score: float, half: float = 0.02, **others: Any) -> dict[str, Any]:
    """A ``quality.json``."""
    figure = {"value": score, "low": score - half, "high": score + half, "n": 400, "unit": "1"}
    found = {"deployment": deployment, "task": "arithmetic", "confidence": 0.95, "figures": {"score": figure}}
    return found | {"outcome": "pass", "verdicts": [], **others}


def case(deployment: str, rate: float, outcome: str = "pass", **others: Any) -> dict[str, Any]:
    """The part of a ``case.json`` that a recommendation reads."""
    verdict = {"objective": SLA[0], "outcome": outcome, "reason": "1.4 s", "value": 0.4, "limit": 1.0}
    figures = {"request_rate": {"value": rate}, "ttft_scheduled.p95": {"value": 0.4}}
    found = {"deployment": deployment, "workload": WORKLOAD, "sla": [*SLA], "open_loop": True, "confidence": 0.95}
    return found | {"verdicts": [verdict], "figures": figures, "invalid": []} | others


def session(
    folder: Path,
    searches: Sequence[Mapping[str, Any]] = (),
    qualities: Sequence[Mapping[str, Any]] = (),
    cases: Sequence[Mapping[str, Any]] = (),
) -> Path:
    """A session in ``folder``, and its place."""
    folder.mkdir(parents=True)
    (folder / "session.json").write_text(json.dumps({"begun": "2026-11-20T10:00:00.000+00:00"}))
    kinds = (("capacities", "capacity.json", searches), ("qualities", "quality.json", qualities))
    for kind, name, each in (*kinds, ("cases", "case.json", cases)):
        for nth, one in enumerate(each):
            (folder / kind / f"{nth}").mkdir(parents=True)
            (folder / kind / f"{nth}" / name).write_text(json.dumps(one))
    return folder


THREE = (
    search("m+llamacpp+local", 4.0, 3.8, 4.2, 3.75, tariff={"usd_per_hour": 0.4, "tokens": None}),
    search("m+vllm+ec2_g6e.2xlarge", 60.0, 57.0, 63.0, 56.0),
    search("m+tgi+ec2_g5.xlarge", 12.0, 11.0, 13.0, 10.8),
)
"""Of three deployments: the first costs as its session said, the others as the package's table has it."""
