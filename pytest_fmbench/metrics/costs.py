"""Dollars for what was served: spent in the window / what came to its end in it, at the rate of the run.

    cost_per_1m_output_tokens = dollars of the window / tokens that arrived in it * 1,000,000
    cost_per_1m_input_tokens  = dollars of the window / input tokens of the requests that succeeded in it * 1,000,000
    cost_per_1k_requests      = dollars of the window / requests that succeeded in it * 1,000

Spent are, by the hour, the window's share of the hour, busy or idle; by the token, the tokens of all requests that
succeeded in the window: by the server's counts, else ours, what it had in its cache at its own price. Each is the whole
of it over one count: what input and what output costs cannot be added. Of what nobody says the price there is none.

Of a search for the capacity they are told at the highest rate that the SLA certifies, as its curves are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pytest_fmbench.metrics import output_token_rate
from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.columns import column, has_status
from pytest_fmbench.metrics.slices import per_slice
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.price import TokenPrice
from pytest_fmbench.model.record import Status
from pytest_fmbench.model.samples import Floats, Rate
from pytest_fmbench.model.units import Unit

_SECONDS_PER_HOUR = 3_600.0

Count = Callable[[Measurement], Floats]
"""How many of something came in each slice of the window."""


def dollars(measurement: Measurement, seconds: Floats) -> Floats:
    """Spent in each slice of the window, which is so long; of a measurement that has a price."""
    tariff = measurement.tariff
    if tariff is None:
        return np.full(seconds.size, np.nan)
    usd = seconds * (tariff.usd_per_hour / _SECONDS_PER_HOUR)
    return usd if tariff.tokens is None else usd + _of_tokens(measurement, tariff.tokens)


def _of_tokens(measurement: Measurement, price: TokenPrice) -> Floats:
    read = _summed(measurement, "cached_tokens")
    fresh = np.maximum(0.0, _summed(measurement, "input_tokens") - read)
    prompt = fresh * price.input_usd + read * price.cache_read_usd
    return np.asarray(prompt + _output(measurement) * price.output_usd)


def _summed(measurement: Measurement, name: str) -> Floats:
    """Of a column, over the requests that succeeded in each slice."""
    succeeded = has_status(measurement.requests, Status.OK)
    done, count = column(measurement.requests, "done_ns"), column(measurement.requests, name)
    known = succeeded & done.known & count.known
    return per_slice(measurement.window, [(done.integers[known], count.integers[known])]).amounts


def _output(measurement: Measurement) -> Floats:
    """The server's count of a whole reply, which is what is billed; ours where it gave none."""
    theirs, ours = (_summed(measurement, name) for name in ("output_tokens", "counted_output_tokens"))
    return np.maximum(theirs, ours)


def _requests(measurement: Measurement) -> Floats:
    done = column(measurement.requests, "done_ns")
    known = has_status(measurement.requests, Status.OK) & done.known
    ended = done.integers[known]
    return per_slice(measurement.window, [(ended, np.ones(ended.size, dtype=np.int64))]).amounts


def _arrived(measurement: Measurement) -> Floats:
    return output_token_rate.compute(measurement).amounts


def _input(measurement: Measurement) -> Floats:
    return _summed(measurement, "input_tokens")


@dataclass(frozen=True)
class _PerSoMany:
    """Dollars for so many of what is counted; a class, so that a metric can be copied to another process."""

    count: Count
    times: float

    def __call__(self, measurement: Measurement) -> Rate:
        if measurement.tariff is None:
            return Rate(np.empty(0), np.empty(0))
        whole = output_token_rate.compute(measurement)
        return Rate(dollars(measurement, whole.seconds), self.count(measurement) / self.times)


def _cost(name: str, count: Count, times: float) -> Metric:
    return Metric(name, Unit.USD, "lower", Kind.RATE, _PerSoMany(count, times), priced=True)


OUTPUT, INPUT, REQUESTS = "cost_per_1m_output_tokens", "cost_per_1m_input_tokens", "cost_per_1k_requests"

COSTS = {
    OUTPUT: _cost(OUTPUT, _arrived, 1e6),
    INPUT: _cost(INPUT, _input, 1e6),
    REQUESTS: _cost(REQUESTS, _requests, 1e3),
}
"""Each by its name."""
