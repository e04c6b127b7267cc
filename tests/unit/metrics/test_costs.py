from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.metrics.base import of_prices, of_requests
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.price import Tariff, TokenPrice
from pytest_fmbench.model.record import Status
from pytest_fmbench.model.samples import Rate
from pytest_fmbench.runs.figures import Figures
from pytest_fmbench.runs.summary import summarise
from pytest_fmbench.sla import parse
from tests.support.records import measured, record, run_of

S = 1_000_000_000
HOURS = Tariff(3_600.0)
TOKENS = Tariff(tokens=TokenPrice(2.0, 10.0, 0.5, 3.0, "a table"))
OUTPUT, INPUT, REQUESTS = "cost_per_1m_output_tokens", "cost_per_1m_input_tokens", "cost_per_1k_requests"
WINDOW = Window(0, 5 * S)


def asked(at_s: float, tokens: int = 4, **changed: object) -> object:
    """A reply of so many tokens, all at once."""
    counts = {"input_tokens": 100, "output_tokens": tokens, "cached_tokens": 40}
    return record((round(at_s * S),), tokens=(tokens,), **{**counts, **changed})


def measurement(tariff: Tariff | None, *records: object) -> Measurement:
    return replace(measured(*records, window=WINDOW), tariff=tariff)  # type: ignore[arg-type]  # records, in a line


def cost(name: str, tariff: Tariff | None, *records: object) -> float:
    return float(Figures(measurement(tariff, *records), METRICS).estimate(name))


EACH = asked(1.0), asked(2.0, 6), asked(3.0, 10, status=Status.FAILED.value, error="timeout"), asked(6.0)


def test_by_the_hour_the_window_is_paid_and_what_came_in_it_counts() -> None:
    # 5 USD: 10 tokens arrived, 200 were asked by the two that succeeded
    assert cost(OUTPUT, HOURS, *EACH) == pytest.approx(5.0 / 10 * 1e6)
    assert cost(INPUT, HOURS, *EACH) == pytest.approx(5.0 / 200 * 1e6)
    assert cost(REQUESTS, HOURS, *EACH) == pytest.approx(5.0 / 2 * 1e3)


def test_by_the_token_what_succeeded_is_paid() -> None:
    usd = 2 * (60 * 2.0 + 40 * 0.5) + 10 * 10.0
    assert cost(OUTPUT, TOKENS, *EACH) == pytest.approx(usd / 10 * 1e6)
    assert cost(REQUESTS, TOKENS, *EACH) == pytest.approx(usd / 2 * 1e3)
    assert cost(REQUESTS, replace(TOKENS, usd_per_hour=3_600.0), *EACH) == pytest.approx((usd + 5.0) / 2 * 1e3)


def test_a_server_that_does_not_count_is_counted_by_us() -> None:
    silent = asked(1.0, 4, output_tokens=None, input_tokens=None, cached_tokens=None)
    assert cost(REQUESTS, TOKENS, silent) == pytest.approx(4 * 10.0 * 1e3)


@pytest.mark.parametrize("name", [OUTPUT, INPUT, REQUESTS])
def test_without_a_price_there_are_no_dollars(name: str) -> None:
    found = METRICS[name].compute(measurement(None, *EACH))
    assert isinstance(found, Rate)
    assert found.amounts.size == 0
    assert METRICS[name].priced
    assert name not in of_requests(METRICS)
    assert name in of_prices(METRICS)


def test_reports_tell_dollars_where_there_is_a_price() -> None:
    figures = summarise(run_of(measurement(HOURS, *EACH)), {})["figures"]
    assert figures[REQUESTS]["unit"] == "USD"
    assert figures[REQUESTS]["low"] <= figures[REQUESTS]["value"] <= figures[REQUESTS]["high"]
    assert REQUESTS not in summarise(run_of(measurement(None, *EACH)), {})["figures"]


def test_dollars_may_be_promised() -> None:
    assert parse(f"{OUTPUT} < 0.40 USD", METRICS).limit == 0.4
