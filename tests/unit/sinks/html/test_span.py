from __future__ import annotations

from typing import Any

from pytest_fmbench.sinks.html.elements import Element
from pytest_fmbench.sinks.html.span import spans


def figure(low: float | None, value: float | None, high: float | None) -> dict[str, Any]:
    return {"low": low, "value": value, "high": high}


def parts(picture: Element) -> tuple[float, float, float | None]:
    """Where the interval begins and ends, and the dot is."""
    (line,) = (one for one in picture if one.get("class") == "interval")
    dots = [float(str(one.get("cx"))) for one in picture if one.tag == "circle"]
    return float(str(line.get("x1"))), float(str(line.get("x2"))), dots[0] if dots else None


def test_all_are_on_one_scale_from_nothing_to_the_most() -> None:
    large, small = spans([figure(4.0, 5.0, 10.0), figure(1.0, 2.0, 4.0)])
    assert parts(large) == (93.6, 234.0, 117.0)
    assert parts(small) == (23.4, 93.6, 46.8)


def test_an_end_without_a_bound_reaches_the_edge() -> None:
    unbounded, unknown = spans([figure(None, 5.0, None), figure(None, None, None)])
    assert parts(unbounded) == (0.0, 240.0, 234.0)
    assert parts(unknown) == (0.0, 240.0, None)
