from __future__ import annotations

from typing import Any

from pytest_fmbench.sinks.capacity import headline, lines, properties
from pytest_fmbench.sinks.markdown import render


def figure(value: float | None, low: float | None, high: float | None, unit: str) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "n": 900, "unit": unit}


def probe(rate: float, mean: float, outcome: str) -> dict[str, Any]:
    told = {"objective": "ttft.mean < 1s", "outcome": outcome, **figure(mean, mean / 2, None, "s")}
    load = f"{rate:g} req/s" if rate else "alone"
    return {"rate": rate, "load": load, "requests": 300, "outcome": "holds", "objectives": [told]}


def capacity(**changed: Any) -> dict[str, Any]:
    return {
        "case": "a.py::test_it",
        "name": "test_it capacity",
        "rate": figure(2.0, 1.9, 2.1, "req/s") | {"confidence": 0.95},
        "limiting": "ttft.mean < 1s",
        "why": "set by ttft.mean < 1s",
        "probes": [probe(0.0, 0.2, "pass"), probe(3.0, 4.0, "fail"), probe(1.0, 0.5, "inconclusive")],
    } | changed


def test_a_headline_has_the_interval_and_what_sets_it() -> None:
    assert headline(capacity()) == "2 req/s [1.9 req/s, 2.1 req/s] at 95%: set by ttft.mean < 1s"
    unknown = capacity(rate=figure(2.0, 0.0, None, "req/s") | {"confidence": 0.9})
    assert headline(unknown).startswith("2 req/s [0 req/s, inf] at 90%")


def test_rates_are_told_in_order() -> None:
    _, titles, *rows = lines([capacity()])
    assert titles.split() == ["rate", "requests", "says", "ttft.mean", "<", "1s"]
    assert [row.split()[0] for row in rows] == ["alone", "1", "3"]
    assert rows[2].endswith("4 s [2 s, inf] fail")


def test_a_summary_has_a_table_and_counts_the_case() -> None:
    text = render([], {}, [], [capacity()])
    assert text.startswith("## fmbench: 1 of 1 cases passed")
    assert "### Capacity" in text
    assert "| rate | requests | says | `ttft.mean < 1s` |" in text
    failed = render([], {}, [("a.py::test_it", "assert False")], [capacity()])
    assert failed.startswith("## fmbench: 0 of 1 cases passed")


def test_properties_are_prefixed_where_there_are_several() -> None:
    assert ("capacity", "2.0") in properties([capacity()])
    both = properties([capacity(), capacity(name="other", rate=figure(0.0, 0.0, None, "req/s"), limiting=None)])
    assert ("other.capacity.high", "") in both
    assert ("other.capacity.limiting", "") in both
    assert ("test_it capacity.capacity.low", "1.9") in both
