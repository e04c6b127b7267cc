from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pytest_fmbench.sinks.capacity_plot import capacity_plot


def point(rate: float, value: float, low: float | None, high: float | None) -> dict[str, Any]:
    return {"rate": rate, "value": value, "low": low, "high": high, "n": 100, "unit": "s", "fitted": value}


def capacity(**changed: Any) -> dict[str, Any]:
    return {
        "name": "test_it <capacity>",
        "rate": {"value": 2.0, "low": 1.8, "high": 2.2, "n": 3, "unit": "req/s", "confidence": 0.95},
        "why": "set by ttft.mean < 1s",
        "curves": {"ttft_scheduled.mean": [point(1.0, 0.5, 0.4, 0.6), point(2.5, 2.0, 1.0, None)]},
        "limits": {"ttft_scheduled.mean": 1.0},
    } | changed


def words(svg: str) -> list[str]:
    root = ET.fromstring(svg)  # noqa: S314  # written by us a moment ago
    return [one.text or "" for one in root if one.tag.endswith("text")]


def test_it_has_the_limit_the_capacity_and_a_point_a_rate() -> None:
    svg = capacity_plot(capacity())
    assert {"test_it <capacity>", "ttft_scheduled.mean", "the limit, 1 s", "2 req/s"} <= set(words(svg))
    assert svg.count("<circle") == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"rate": {"value": 0.0, "low": 0.0, "high": None, "n": 0, "unit": "req/s", "confidence": 0.95}},
        {"rate": {"value": None, "low": None, "high": None, "n": 0, "unit": "req/s", "confidence": 0.95}},
        {"limits": {}},
        {"curves": {"error_rate": [point(1.0, 0.0, 0.0, 0.0)]}},
        {"curves": {"tpot.mean": [], "error_rate": [point(1.0, 0.0, 0.0, 0.0)]}},
    ],
)
def test_what_is_not_known_is_left_out(changed: dict[str, Any]) -> None:
    assert "nan" not in capacity_plot(capacity(**changed))


def test_a_limit_that_is_far_off_is_only_named() -> None:
    assert "the limit, 100 s, lies far above" in words(capacity_plot(capacity(limits={"ttft_scheduled.mean": 100.0})))


def test_where_no_rate_was_tried_it_says_so() -> None:
    assert "no rate was tried" in words(capacity_plot(capacity(curves={})))


def test_what_was_sampled_comes_after_the_figures_of_requests() -> None:
    """So many of each that the page stays one."""
    requests = {f"figure {nth}": [point(1.0, 0.5, 0.4, 0.6)] for nth in range(6)}
    sampled = {f"sampled {nth}": [point(1.0, 0.5, None, None)] for nth in range(6)}
    found = words(capacity_plot(capacity(curves=requests | sampled, sampled=[*sampled])))
    titles = [word for word in found if word.startswith(("figure", "sampled"))]
    assert titles == [f"{kind} {nth}" for kind in ("figure", "sampled") for nth in range(4)]
