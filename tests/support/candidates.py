"""Candidates of a recommendation, made by hand."""

from __future__ import annotations

from typing import Any

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.price import Price, TokenPrice
from pytest_fmbench.model.units import Unit
from pytest_fmbench.recommend import Arrival, Candidate

ASKED = Arrival(input_tokens=500.0, output_tokens=200.0)


def rate(value: float, low: float | None = None, high: float | None = None, confidence: float = 0.95) -> Estimate:
    """A capacity; as exact as the ends that are not given."""
    ends = (value, value if low is None else low, value if high is None else high)
    return Estimate(*ends, 1_000, name="capacity", unit=Unit.REQUEST_RATE, confidence=confidence)


def candidate(name: str, capacity: Estimate | float, usd: float | None, **others: Any) -> Candidate:
    """One that costs so much an hour, and holds what its capacity's low end says unless ``planned`` says otherwise."""
    found = capacity if isinstance(capacity, Estimate) else rate(capacity)
    price = None if usd is None else Price(usd, "a page", "2026-11-01")
    given: dict[str, Any] = {"planned": found.low, "limiting": "ttft.p95 < 1s", "arrival": ASKED} | others
    return Candidate(name, found, price=given.pop("price", price), **given)


def by_the_token(name: str, capacity: float, input_usd: float, output_usd: float, **others: Any) -> Candidate:
    """One whose tokens cost so many dollars a million."""
    price = TokenPrice(input_usd * 1e-6, output_usd * 1e-6, input_usd * 1e-7, input_usd * 1e-6, "a list")
    return candidate(name, capacity, None, price=price, **others)
