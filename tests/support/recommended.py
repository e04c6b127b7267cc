"""A made-up recommendation, with the keys that ``recommendation.json`` has."""

from __future__ import annotations

from typing import Any


def figure(value: float, low: float | None, high: float | None, unit: str) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "n": 600, "unit": unit}


def fleet(deployment: str, replicas: int, usd_per_hour: float, **changed: Any) -> dict[str, Any]:
    """So many of a deployment, of which ``changed`` says what is different."""
    fields: dict[str, Any] = {
        "deployment": deployment,
        "replicas": replicas,
        "redundancy": 1,
        "needed": {"value": replicas, "low": replicas - 1, "high": replicas + 1},
        "usd_per_hour": usd_per_hour,
        "usd_per_month": usd_per_hour * 730,
        "price": {"told": "1.2 USD/h", "source": "a table", "date": "2026-11-01"},
        "capacity": figure(4.4, 4.1, 4.8, "req/s") | {"confidence": 0.95},
        "held": 4.0,
        "held_at": 0.99,
        "utilization": figure(0.7, 0.64, 0.75, "1"),
        "cost": {
            "cost_per_1m_output_tokens": figure(0.42, 0.38, 0.45, "USD"),
            "cost_per_1k_requests": figure(0.05, 0.045, None, "USD"),
        },
        "breaks_first": {"objective": "ttft.p95 < 500ms", "at": figure(17.6, 16.4, 19.2, "req/s")},
        "with_fewer": {"lost": 1, "holds": 12.0, "peak_is_held": True},
        "latency": 0.31,
        "quality": figure(0.61, 0.49, 0.72, "1"),
        "chance": 0.9,
        "why": "",
        "tie": False,
    }
    return fields | changed


def recommendation(**changed: Any) -> dict[str, Any]:
    """One with a runner-up that is a tie, one that is dearer, and one that is refused."""
    best = fleet("smollm2-135m-q4_1+llamacpp+local", 4, 4.8)
    tie = fleet("smollm2-135m-bf16+vllm_cpu+local", 3, 4.9, why="a tie: 3 replicas, 2% more", chance=0.4, tie=True)
    dear = fleet("smollm2-135m-bf16+sglang+local", 9, 10.8, why="6 USD/h dearer (+125%)", chance=0.0, quality=None)
    refused = {"deployment": "m+tgi+local", "why": "nobody knows what it costs", "helps": "--price m+tgi+local=USD"}
    fields: dict[str, Any] = {
        "answer": "4 x smollm2-135m-q4_1+llamacpp+local, 1 of them to spare: 4.8 USD/h, 70% used at 12 req/s.",
        "demand": {"peak": 12.0, "mean": None, "headroom": 0.2, "redundancy": 1, "budget_usd_per_hour": None},
        "sla": ["ttft.p95 < 500ms", "error_rate <= 0%"],
        "unit": "req/s",
        "workload": "Chat(output_tokens=200)",
        "sessions": ["2026-11-20"],
        "recommended": best,
        "runners_up": [tie, dear],
        "refused": [refused],
        "ties": [tie["deployment"]],
        "pareto": {"front": [best["deployment"]], "latency": "ttft.p95", "quality": "basics: score"},
        "break_even": [{"told": "hours are cheaper than tokens from 3,000 requests an hour in the mean on"}],
        "assumptions": ["each replica is as fast as the one that was measured"],
        "warnings": ["the price is 400 days old"],
    }
    return fields | changed
