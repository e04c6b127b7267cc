"""How many replicas, and what they cost."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.recommend import Arrival, Candidate, Demand, Fleet, Refused, fleet_of
from tests.support.candidates import ASKED, by_the_token, candidate, rate


def fleet(one: Candidate, demand: Demand) -> Fleet:
    found = fleet_of(one, demand)
    assert isinstance(found, Fleet)
    return found


def refused(one: Candidate, demand: Demand) -> Refused:
    found = fleet_of(one, demand)
    assert isinstance(found, Refused)
    return found


def test_replicas_are_counted_by_the_rate_that_one_surely_holds() -> None:
    # 120 x 1.2 = 144 = 9.6 x 15
    found = fleet(candidate("a", rate(16.0, 15.5, 16.5), 2.0, planned=15.0), Demand(120.0, redundancy=1))
    assert (found.replicas, found.usd_per_hour) == (11, 22.0)
    assert found.utilization == pytest.approx(120.0 / (11 * 16.0))
    assert found.utilization.low == pytest.approx(120.0 / (11 * 16.5))
    assert found.utilization.high == pytest.approx(120.0 / (11 * 15.5))
    assert (float(found.breaks_at), found.breaks_at.low, found.breaks_at.high) == (176.0, 170.5, 181.5)
    assert (found.needed(16.0), found.needed_usd(16.0), found.rate_each) == (10, 20.0, 120.0 / 11)


def test_a_whole_quotient_takes_no_replica_more() -> None:
    found = fleet(candidate("a", 0.1, 1.0), Demand(0.25, headroom=0.2))
    assert found.replicas == 3


def test_costs_are_those_at_the_capacity_with_its_ends_turned_round() -> None:
    costs = fleet(candidate("a", rate(10.0, 8.0, 12.5), 3.6), Demand(1.0)).costs
    # 3.6 USD buy 36,000 requests, so 7.2 million output tokens
    output = costs["cost_per_1m_output_tokens"]
    assert (float(output), output.low, output.high) == pytest.approx((0.5, 0.4, 0.625))
    assert costs["cost_per_1m_input_tokens"] == pytest.approx(0.2)
    assert costs["cost_per_1k_requests"] == pytest.approx(0.1)
    assert "cost_per_task" not in costs


def test_an_agent_s_task_has_its_own_cost() -> None:
    task = Arrival(4_000.0, 1_000.0, requests=5.0, task=True)
    costs = fleet(candidate("a", 0.5, 3.6, arrival=task), Demand(0.1)).costs
    assert costs["cost_per_task"] == pytest.approx(0.002)
    assert costs["cost_per_1k_requests"] == pytest.approx(0.4)


def test_what_is_not_recorded_has_no_cost() -> None:
    assert list(fleet(candidate("a", 1.0, 3.6, arrival=None), Demand(0.1)).costs) == ["cost_per_1k_requests"]


def test_an_end_that_is_not_known_stays_so() -> None:
    found = fleet(candidate("a", rate(10.0, 8.0, math.inf), 3.6), Demand(1.0))
    assert (found.utilization.low, found.costs["cost_per_1k_requests"].low) == (0.0, 0.0)


def test_tokens_cost_as_much_as_is_asked_of_them() -> None:
    found = fleet(by_the_token("b", 100.0, 3.0, 15.0), Demand(10.0, mean=2.0))
    # 500 x 3e-6 + 200 x 15e-6 = 0.0045 USD a request, 7,200 of them an hour
    assert (found.replicas, found.by_the_token) == (1, True)
    assert found.usd_per_hour == pytest.approx(32.4)
    assert found.needed_usd(1.0) == found.usd_per_hour
    assert found.costs["cost_per_1m_output_tokens"] == pytest.approx(22.5)
    cached = by_the_token("b", 100.0, 3.0, 15.0, arrival=replace(ASKED, cached_tokens=400.0))
    assert fleet(cached, Demand(10.0, mean=2.0)).usd_per_hour == pytest.approx(7_200 * (0.0003 + 0.00012 + 0.003))


@pytest.mark.parametrize(
    ("one", "why", "helps"),
    [
        (candidate("a", 0.0, 1.0, why="no rate holds ttft.p95 < 1s: it is 1.4 s"), "it is 1.4 s", "another SLA"),
        (candidate("a", rate(5.0, 0.0, math.inf), 1.0), "no lower end", "search longer"),
        (
            candidate("a", rate(5.0, 4.0, 6.0), 1.0, planned=0.0),
            "no rate is known that one holds at 99%",
            "search longer",
        ),
        (candidate("a", 5.0, None), "nobody knows what it costs", "--price a=USD"),
        (candidate("a", 5.0, 0.0), "costs 0 USD by a page", "--price a=USD"),
        (candidate("a", 0.001, 1.0), "12,000 replicas of 0.001 req/s each, and 1,000", "--max-replicas"),
        (candidate("a", 20.0, 30.0), "1 replica costs 30 USD/h", "a budget of 30 USD/h"),
        (candidate("a", 4.0, 9.0), "3 replicas cost 27 USD/h, 7 USD/h more than the budget", "a budget of 27 USD/h"),
        (candidate("a", 5.0, 1.0, refusals=[("it is wrong", "a larger model")]), "it is wrong", "a larger model"),
        (by_the_token("b", 11.0, 3.0, 15.0), "12 req/s are planned, of which 11 req/s", "a higher quota"),
        (by_the_token("b", 50.0, 3.0, 15.0), "its tokens cost 162 USD/h", "a budget of 162 USD/h"),
        (by_the_token("b", 50.0, 3.0, 15.0, arrival=None), "is not recorded", "measure it again"),
    ],
    ids=lambda one: one.name if isinstance(one, Candidate) else one.split(" ")[0],
)
def test_who_cannot_be_chosen_says_why_and_what_helps(one: Candidate, why: str, helps: str) -> None:
    found = refused(one, Demand(10.0, budget_usd_per_hour=20.0))
    assert why in found.why
    assert helps in found.helps


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"peak": 0.0}, "give a rate above 0"),
        ({"peak": math.inf}, "give a rate above 0"),
        ({"peak": 1e13}, "beyond any fleet"),
        ({"peak": 5.0, "headroom": 1e308}, "beyond any fleet"),
        ({"peak": 5.0, "mean": 6.0}, "not above the peak"),
        ({"peak": 5.0, "headroom": -0.1}, "from 0%"),
        ({"peak": 5.0, "redundancy": -1}, "from 0"),
        ({"peak": 5.0, "budget_usd_per_hour": 0.0}, "a positive number of dollars"),
        ({"peak": 5.0, "max_replicas": 0}, "from 1"),
    ],
)
def test_a_demand_that_makes_no_sense_is_refused(given: dict[str, float], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Demand(**given)  # type: ignore[arg-type]  # as whoever does not check his types calls it


def test_nobody_counts_the_replicas_of_a_demand_beyond_any_fleet() -> None:
    found = refused(candidate("a", 0.001, 1.0), Demand(8e11, headroom=0.2))
    assert "it would take 9.6e+14 replicas of 0.001 req/s each, and 1,000 are the most" in found.why


def test_rates_of_agents_are_of_tasks() -> None:
    task = Arrival(4_000.0, 1_000.0, requests=5.0, task=True)
    found = fleet(candidate("a", 0.5, 3.6, arrival=task), Demand(0.1))
    assert found.breaks_at.interval() == "0.5 tasks/s [0.5 tasks/s, 0.5 tasks/s]"
    assert "0.5 tasks/s each" in refused(candidate("a", 0.5, 3.6, arrival=task), Demand(1e4)).why
