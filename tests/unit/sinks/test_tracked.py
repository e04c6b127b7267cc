from __future__ import annotations

from typing import Any

from pytest_fmbench.sinks.tracked import bigger_is_better, smaller_is_better


def summary(**figures: dict[str, Any]) -> dict[str, Any]:
    subject = {"name": "test_it[x]", "case": "test_it[x]", "deployment": "m+s+local", "load": "closed:1"}
    shown = {name.replace("__", "."): figure for name, figure in figures.items()}
    return {**subject, "figures": shown, "verdicts": [], "invalid": []}


def figure(value: float | None, unit: str, high: float | None = None) -> dict[str, Any]:
    return {"value": value, "low": value, "high": high, "n": 9, "unit": unit}


def test_latencies_are_in_milliseconds_with_their_interval() -> None:
    assert smaller_is_better([summary(ttft__p95=figure(0.25, "s", 0.5), e2e__p95=figure(1.0, "s"))]) == [
        {
            "name": "test_it[x] ttft.p95",
            "unit": "ms",
            "value": 250.0,
            "range": "[250, 500]",
            "extra": "n=9, -, m+s+local, closed:1",
        },
        {
            "name": "test_it[x] e2e.p95",
            "unit": "ms",
            "value": 1000.0,
            "range": "[1000, inf]",
            "extra": "n=9, -, m+s+local, closed:1",
        },
    ]


def test_rates_are_in_the_other_file() -> None:
    run = summary(output_token_rate=figure(50.0, "tok/s"), error_rate=figure(0.02, "1"))
    assert [(one["name"], one["value"], one["unit"]) for one in bigger_is_better([run])] == [
        ("test_it[x] output_token_rate", 50.0, "tok/s")
    ]
    assert [(one["value"], one["unit"]) for one in smaller_is_better([run])] == [(2.0, "%")]


def test_what_is_not_known_is_left_out() -> None:
    assert smaller_is_better([summary(ttft__p95=figure(None, "s"))]) == []
