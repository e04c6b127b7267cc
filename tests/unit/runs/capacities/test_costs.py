from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.errors import Inconclusive, SlaMissed, UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.price import Tariff, TokenPrice
from pytest_fmbench.model.record import Status
from pytest_fmbench.model.units import Unit
from pytest_fmbench.recommend import Arrival
from pytest_fmbench.runs.capacities.arrivals import arrival_in, arrival_of
from pytest_fmbench.runs.capacities.capacity import Capacity
from pytest_fmbench.runs.capacities.costs import costs_of, see_that_costs_are_kept
from pytest_fmbench.runs.capacities.probes import Probed, sla_of
from pytest_fmbench.runs.capacities.told import told
from pytest_fmbench.sla import parse
from tests.support.records import measured, record, run_of
from tests.support.tasks import task, tasked

EACH = (
    record((105,), input_tokens=100, output_tokens=20, cached_tokens=40),
    record((105,), input_tokens=300, output_tokens=60, cached_tokens=0),
    record((105,), input_tokens=900, output_tokens=9, status=Status.FAILED.value, error="timeout"),
    record((105,), input_tokens=900, output_tokens=9, phase="warmup"),
)
SLOW = parse("cost_per_1m_output_tokens < 0.40 USD", METRICS)


def capacity(rate: Estimate, *measurements: Measurement) -> Capacity:
    probes = tuple(Probed(float(nth), run_of(one), (), unstable=False) for nth, one in enumerate(measurements))
    return Capacity("it", (), rate, None, False, probes, 1.0, "why")


def rate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value, low, high, 10, unit=Unit.REQUEST_RATE)


def test_an_arrival_is_the_mean_of_the_requests_of_windows_that_succeeded() -> None:
    found = arrival_of([measured(*EACH), measured(*EACH[:1])])
    assert found == {
        "task": False,
        "requests": 1.0,
        "input_tokens": pytest.approx(500 / 3),
        "output_tokens": pytest.approx(100 / 3),
        "cached_tokens": pytest.approx(80 / 3),
        "n": 3,
    }
    assert arrival_in(found) == Arrival(500 / 3, 100 / 3, 80 / 3)


def test_of_sessions_it_is_a_task_with_all_its_requests() -> None:
    found = arrival_of([tasked(task(), task(200, 900, requests=5), task(300, None, end="censored"))])
    assert arrival_in(found) == Arrival(90.0, 30.0, 50.0, requests=4.0, task=True)


def test_our_count_of_tokens_stands_in_for_the_servers() -> None:
    found = arrival_of([measured(record((105, 106, 107)))])
    assert found is not None
    assert found["output_tokens"] == 3.0


def test_where_nothing_succeeded_there_is_no_arrival() -> None:
    assert arrival_of([measured(*EACH[2:])]) is None
    assert arrival_in(None) is None


def test_costs_are_those_at_the_capacity() -> None:
    one = capacity(rate(10.0, 8.0, 12.5), measured(*EACH[:2]))
    found = costs_of(one, Tariff(3.6))["cost_per_1k_requests"]
    assert (float(found), found.low, found.high) == pytest.approx((0.1, 0.08, 0.125))
    tokens = TokenPrice(1e-6, 2e-6, 0.1e-6, 1e-6, "a table")
    both = costs_of(one, Tariff(3.6, tokens))["cost_per_1k_requests"]
    assert float(both) - float(found) == pytest.approx(1e3 * (180e-6 + 20 * 0.1e-6 + 80e-6))
    one.costs = costs_of(one, Tariff(3.6))
    assert told(one)["costs"]["cost_per_1k_requests"]["value"] == pytest.approx(0.1)


def test_what_has_no_price_or_no_rate_has_no_cost() -> None:
    assert costs_of(capacity(rate(10.0, 8.0, 12.5), measured(*EACH)), None) == {}
    assert costs_of(capacity(rate(0.0, 0.0, 0.0), measured(*EACH)), Tariff(3.6)) == {}


def promised(value: float, low: float, high: float) -> Capacity:
    cost = Estimate(value, low, high, 10, name="cost_per_1m_output_tokens", unit=Unit.USD)
    return replace(capacity(rate(10.0, 8.0, 12.5), measured(*EACH)), costs={cost.name: cost})


def test_dollars_are_judged_by_their_interval() -> None:
    see_that_costs_are_kept([SLOW], promised(0.3, 0.25, 0.35))
    with pytest.raises(SlaMissed, match=r"0\.40 USD is missed at 10 req/s .*0\.5 USD"):
        see_that_costs_are_kept([SLOW], promised(0.5, 0.45, 0.55))
    with pytest.raises(Inconclusive):
        see_that_costs_are_kept([SLOW], promised(0.4, 0.35, 0.45))
    with pytest.raises(SlaMissed, match="there is no rate at which it could hold: why"):
        see_that_costs_are_kept([SLOW], capacity(rate(0.0, 0.0, 0.0), measured(*EACH)))


def test_dollars_a_task_are_judged_at_the_capacity() -> None:
    one = capacity(rate(0.5, 0.4, 0.6), tasked(task(), task(200, 900, requests=5)))
    one.costs = costs_of(one, Tariff(3.6))
    # 3.6 USD buy 1,800 tasks
    assert float(one.costs["cost_per_task"]) == pytest.approx(0.002)
    see_that_costs_are_kept([parse("task.usd < 0.01 USD", METRICS)], one)
    with pytest.raises(SlaMissed, match=r"task\.usd < 0\.001 USD is missed at 0\.5 req/s"):
        see_that_costs_are_kept([parse("task.usd < 0.001 USD", METRICS)], one)
    with pytest.raises(Inconclusive):
        see_that_costs_are_kept([parse("task.usd < 0.002 USD", METRICS)], one)


def test_what_had_nothing_to_count_says_so() -> None:
    with pytest.raises(SlaMissed, match=r"task\.usd < 1 USD: of what came at 10 req/s .* nothing can be counted"):
        see_that_costs_are_kept([parse("task.usd < 1 USD", METRICS)], promised(0.3, 0.25, 0.35))


def test_dollars_alone_are_no_sla_of_a_search() -> None:
    with pytest.raises(UsageError, match="say what holds there"):
        sla_of("cost_per_1k_requests < 1 USD", (), METRICS)
    both = sla_of(["cost_per_1k_requests < 1 USD", "ttft.p95 < 2s"], (), METRICS)
    assert [one.metric for one in both] == ["cost_per_1k_requests", "ttft"]
