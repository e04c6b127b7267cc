"""What serving costs at a rate: dollars an hour over what comes in that hour, with the interval of the rate.

    usd_per_1m_output_tokens = USD an hour / (3600 s/h x arrivals/s x output tokens an arrival) x 1,000,000

and likewise of input tokens, of 1,000 requests and of a task. Each is the whole cost over that count alone: the cost of
input and of output tokens are not parts of it that could be added. The ends are those of the rate, turned round; how
many tokens an arrival has is taken as it was measured. Paid by the token, they do not depend on the rate.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.price import Tariff, TokenPrice
from pytest_fmbench.model.units import Unit
from pytest_fmbench.recommend.candidate import Arrival

SECONDS_AN_HOUR = 3_600.0
OUTPUT_TOKENS, INPUT_TOKENS, REQUESTS, TASK = (
    "cost_per_1m_output_tokens",
    "cost_per_1m_input_tokens",
    "cost_per_1k_requests",
    "cost_per_task",
)
"""Names of what is told."""


@dataclass(frozen=True)
class _Count:
    name: str
    of_arrival: float
    times: float


def costs_by_the_hour(usd_per_hour: float, rate: Estimate, arrival: Arrival | None) -> dict[str, Estimate]:
    """By name, what a replica of ``usd_per_hour`` makes things cost that serves arrivals at ``rate``.

    What an arrival has none of has no cost; where nothing is known of it, it is a request.
    """
    return {one.name: _quotient(usd_per_hour, rate, one) for one in _counts(arrival)}


def costs_by_the_token(price: TokenPrice, arrival: Arrival) -> dict[str, Estimate]:
    """By name, what things cost where tokens are paid."""
    usd = usd_of(price, arrival)
    told = {one.name: usd / one.of_arrival * one.times for one in _counts(arrival)}
    return {name: Estimate(one, one, one, 0, name=name, unit=Unit.USD) for name, one in told.items()}


def costs_at(tariff: Tariff, rate: Estimate, arrival: Arrival | None) -> dict[str, Estimate]:
    """By name, what things cost at ``rate`` of what is paid by the hour, by the token, or by both."""
    hours = costs_by_the_hour(tariff.usd_per_hour, rate, arrival) if tariff.usd_per_hour else {}
    tokens = costs_by_the_token(tariff.tokens, arrival) if tariff.tokens is not None and arrival is not None else {}
    return {name: _sum([one[name] for one in (hours, tokens) if name in one]) for name in {**hours, **tokens}}


def _sum(parts: Sequence[Estimate]) -> Estimate:
    first = parts[0]
    ends = (sum(map(float, parts)), sum(one.low for one in parts), sum(one.high for one in parts))
    return Estimate(*ends, first.n, name=first.name, unit=first.unit, confidence=first.confidence)


def usd_of(price: TokenPrice, arrival: Arrival) -> float:
    """Dollars of an arrival whose tokens are paid; those that were read from a cache at their own price."""
    fresh = max(0.0, arrival.input_tokens - arrival.cached_tokens)
    prompt = fresh * price.input_usd + arrival.cached_tokens * price.cache_read_usd
    return prompt + arrival.output_tokens * price.output_usd


def _counts(arrival: Arrival | None) -> Iterator[_Count]:
    each = arrival or Arrival(0.0, 0.0)
    counts = [
        _Count(OUTPUT_TOKENS, each.output_tokens, 1e6),
        _Count(INPUT_TOKENS, each.input_tokens, 1e6),
        _Count(REQUESTS, each.requests, 1e3),
        _Count(TASK, float(each.task), 1.0),
    ]
    return (one for one in counts if one.of_arrival > 0.0)


def _quotient(usd_per_hour: float, rate: Estimate, count: _Count) -> Estimate:
    def at(arrivals: float) -> float:
        if not arrivals > 0.0:
            return math.inf
        return usd_per_hour / (SECONDS_AN_HOUR * arrivals * count.of_arrival) * count.times

    ends = (at(float(rate)), at(rate.high), at(rate.low))
    return Estimate(*ends, rate.n, name=count.name, unit=Unit.USD, confidence=rate.confidence)
