from __future__ import annotations

import json
import math
import re

import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.errors import InvalidMeasurement, UsageError
from pytest_fmbench.load.arrivals import Closed, closed, constant, poisson, ramp
from pytest_fmbench.model.objective import Sla
from pytest_fmbench.runs.capacities.capacity import Capacity, search
from pytest_fmbench.runs.capacities.probes import Arrivals, Wanted, budget_of, sla_of
from pytest_fmbench.runs.capacities.probing import limits_of_probe
from pytest_fmbench.runs.capacities.told import told
from pytest_fmbench.sla import parse
from pytest_fmbench.stats.capacity import Budget, Probe
from tests.support.queue_server import SERVICE_S, QueueServer

TRUTH = math.sqrt(0.5) * 2 / SERVICE_S
"""Of two servers, whose mean response is twice the service at load sqrt(1/2): 1 / (1 - load^2)."""

MEAN = f"e2e.mean < {2 * SERVICE_S}s"


def wanted(*sla: str, budget: int = 15_000, arrivals: Arrivals = poisson, start: float | None = None) -> Wanted:
    objectives = tuple(parse(text, METRICS) for text in sla or (MEAN, "error_rate <= 0%"))
    return Wanted("it", objectives, METRICS, Budget(budget), arrivals, 0.95, 0.2, start)


@pytest.fixture(scope="module")
def found() -> Capacity:
    return search(wanted(), QueueServer(), lambda _: None)


def test_the_rate_is_an_estimate_that_holds_the_truth(found: Capacity) -> None:
    assert found.rate.low < TRUTH < found.rate.high
    assert found.precise
    assert (found.rate.high - found.rate.low) / found.rate <= 0.2
    assert found.limiting is not None
    assert found.limiting.text == MEAN
    assert found.why == f"set by {MEAN}"
    assert found.rate.n <= found.requests <= 15_000


def test_a_rate_is_kept_that_replicas_are_counted_by(found: Capacity) -> None:
    assert found.rate.low * 0.8 < found.held < float(found.rate)
    assert told(found)["held"] == {"rate": found.held, "confidence": 0.99}
    assert told(found)["arrival"]["output_tokens"] == 1.0


def test_dollars_are_no_part_of_the_search() -> None:
    asked = wanted(MEAN, "cost_per_1k_requests < 1 USD")
    assert [one.text for one in asked.judged] == [MEAN]
    assert [one.metric for one in asked.priced] == ["cost_per_1k_requests"]


def test_every_probe_is_kept_with_its_verdict(found: Capacity) -> None:
    alone, *others = found.probes
    assert alone.rate == 0.0
    assert [one.text for one in found.objectives] == [MEAN, "error_rate <= 0%"]
    assert {one.outcome for one in others} <= {"holds", "fails", "open", "unstable"}
    assert all(len(one.verdicts) == 2 for one in found.probes)


def leaves(value: object) -> set[type]:
    if isinstance(value, dict):
        return set[type]().union(*map(leaves, value.values()))
    return set[type]().union(*map(leaves, value)) if isinstance(value, list) else {type(value)}


def test_only_plain_types_leave_a_search(found: Capacity) -> None:
    assert leaves(told(found)) <= {str, int, float, bool, type(None)}, "others end an xdist session"


def test_a_capacity_as_plain_values_has_a_curve_of_every_figure(found: Capacity) -> None:
    plain = json.loads(json.dumps(told(found), allow_nan=False))
    assert plain["rate"]["value"] == float(found.rate)
    assert plain["limiting"] == MEAN
    assert len(plain["probes"]) == len(found.probes)
    curve = plain["curves"]["e2e_scheduled.mean"]
    assert [one["rate"] for one in curve] == sorted(one.rate for one in found.probes[1:])
    assert [one["fitted"] for one in curve] == sorted(one["fitted"] for one in curve)
    assert {"ttft.p95", "output_token_rate", "error_rate"} <= {*plain["curves"]}


def test_no_rate_holds_what_a_single_user_breaks() -> None:
    server = QueueServer()
    found = search(wanted("error_rate <= 0%", "e2e.mean < 10ms"), server, lambda _: None)
    assert (float(found.rate), found.rate.low, found.rate.high) == (0.0, 0.0, 0.0)
    assert found.why.startswith("no rate holds e2e.mean < 10ms: ")
    assert len(server.asked) == 1, "no rate is tried"
    assert told(found)["curves"] == {}


def test_the_first_rate_of_a_small_budget_is_that_of_one_user_unless_it_is_given() -> None:
    for start, first in ((None, 1 / SERVICE_S), (3.0, 3.0)):
        server = QueueServer()
        search(wanted(budget=200, start=start), server, lambda _: None)
        assert server.asked[0][0] == closed(1)
        assert server.asked[1][1].rate == pytest.approx(first, rel=0.5 if start is None else 0.0)


def test_a_server_that_batches_is_sounded_first() -> None:
    server = QueueServer(servers=64)
    found = search(wanted(f"e2e.mean < {2 * SERVICE_S}s", budget=15_000), server, lambda _: None)
    loads = [load for load, _ in server.asked]
    assert loads[:4] == [closed(1), closed(4), closed(16), closed(64)]
    first = next(probe.rate for load, probe in server.asked if not isinstance(load, Closed))
    assert 0.5 * 64 / SERVICE_S < first < 64 / SERVICE_S
    assert found.requests == sum(probe.requests + probe.warm_up for _, probe in server.asked)
    assert [one.rate for one in found.probes].count(0.0) == 1, "what is found so is no evidence"


def test_the_first_rate_that_was_found_is_told() -> None:
    lines = list[str]()
    search(wanted(), QueueServer(), lines.append)
    assert re.fullmatch(r"begins at \d.* req/s, after \d+ requests of more and more users", lines[0])


@pytest.mark.parametrize("sla", ["e2e.mean < 1000s", "error_rate <= 0%"])
@pytest.mark.parametrize("start", [None, 15.0, 60.0])
def test_what_is_not_served_is_no_capacity_though_no_objective_is_broken(sla: str, start: float | None) -> None:
    served = 2 / SERVICE_S
    found = search(wanted(sla, budget=4_000, start=start), QueueServer(), lambda _: None)
    assert 0.5 * served < found.rate.low < served < found.rate.high < 2.1 * served
    assert found.rate == pytest.approx(served, rel=0.3)
    assert found.limiting is None
    assert re.match(r"set by what is served: requests piled up at [\d.]+ req/s, no objective was broken", found.why)
    assert found.requests <= 4_001, "windows that were too short to tell are counted"


def test_a_rate_that_nobody_has_seen_served_is_none_that_holds() -> None:
    found = search(wanted("error_rate <= 0%", budget=300, start=60.0), QueueServer(), lambda _: None)
    assert (found.rate.low, found.held) == (0.0, 0.0)
    assert "piled up" in found.why


def test_more_users_are_not_asked_for_than_bring_more_replies() -> None:
    server = QueueServer()
    search(wanted(), server, lambda _: None)
    assert [load for load, _ in server.asked if isinstance(load, Closed)] == [closed(1), closed(4), closed(16)]


def test_users_who_surely_break_an_objective_end_the_sounding() -> None:
    server = QueueServer(servers=64)
    search(wanted("e2e.max < 500ms", budget=15_000), server, lambda _: None)
    assert closed(64) not in [load for load, _ in server.asked]


def test_a_budget_that_ends_is_told() -> None:
    found = search(wanted(budget=300), QueueServer(), lambda _: None)
    assert not found.precise
    assert found.why.endswith("the budget was spent before the interval was as narrow as wanted")


def test_a_budget_without_room_for_a_rate_is_told() -> None:
    found = search(wanted(budget=40), QueueServer(), lambda _: None)
    assert (len(found.probes), float(found.rate), found.rate.high) == (1, 0.0, math.inf)
    assert found.why.startswith("the budget was spent before a rate was tried")


def test_a_probe_in_which_the_load_generator_was_late_is_tried_again() -> None:
    lines, server = list[str](), QueueServer(50_000, 90_000_000)
    search(wanted(budget=200), server, lines.append)
    assert server.asked[1][1].rate == server.asked[2][1].rate
    assert lines[0].startswith("set aside and tried again: e2e.mean < 0.2s: our own error is up to")


def test_one_that_is_always_late_makes_an_error() -> None:
    with pytest.raises(InvalidMeasurement, match="our own error"):
        search(wanted(), QueueServer(50_000, *[90_000_000] * 20), lambda _: None)


def test_an_sla_is_what_is_named_else_the_cases() -> None:
    of_case = [parse(MEAN, METRICS)]
    assert sla_of(None, of_case, METRICS) == tuple(of_case)
    (one,) = sla_of("ttft.p95 < 1s", of_case, METRICS)
    assert sla_of(Sla("ttft.p95 < 1s"), of_case, METRICS) == sla_of(["ttft.p95 < 1s"], of_case, METRICS) == (one,)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "mark the case with sla"),
        (closed(4), "sla=Closed.users=4.: give objectives as text, or an Sla; the search chooses the load itself"),
        (poisson(2), "the search chooses the load itself"),
        (0.95, "sla=0.95: give objectives as text, or an Sla"),
        ("ttft < 1s", "say how much of it is needed"),
        ([], "mark the case with sla"),
    ],
)
def test_what_is_no_sla_is_refused_with_the_way_out(given: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        sla_of(given, [], METRICS)  # type: ignore[arg-type]  # what it refuses


@pytest.mark.parametrize("start", [0.0, -1.0, math.inf, math.nan])
def test_a_first_rate_is_positive_and_finite(start: float) -> None:
    with pytest.raises(UsageError, match=f"start={start}: give a positive number"):
        wanted(start=start)


@pytest.mark.parametrize("arrivals", [lambda _: closed(4), lambda rate: ramp(rate, 2 * rate, over=10), 4.0])
def test_only_a_steady_open_loop_has_a_rate(arrivals: object) -> None:
    with pytest.raises(UsageError, match="a steady rate of an open loop"):
        wanted(arrivals=arrivals)  # type: ignore[arg-type]  # what it refuses


def test_an_objective_that_grows_with_the_rate_is_refused_before_a_run() -> None:
    with pytest.raises(UsageError, match="does not get worse as the rate grows"):
        wanted(MEAN, "output_token_rate > 5tok/s")


def test_a_budget_is_ten_windows_unless_one_is_given() -> None:
    assert budget_of(None, None, 40.0) == Budget(seconds=400.0)
    assert budget_of(500, None, 40.0) == Budget(requests=500)
    assert budget_of(500, "2min", 40.0) == Budget(500, 120.0)


@pytest.mark.parametrize(
    ("requests", "duration"), [(0, None), (True, None), (2.5, None), (None, 0), (None, math.inf), (None, "soon")]
)
def test_a_budget_is_positive(requests: object, duration: object) -> None:
    with pytest.raises(UsageError):
        budget_of(requests, duration, 40.0)  # type: ignore[arg-type]  # what it refuses


def test_a_window_ends_with_its_requests() -> None:
    limits = limits_of_probe(Probe(2.0, 100, 25), None)
    assert (limits.warmup_s, limits.duration_s, limits.requests) == (12.5, 100.0, 100)
    assert limits_of_probe(Probe(0.0, 30, 1), 40.0).warmup_s == 0.0


def test_other_arrivals_can_be_asked_for() -> None:
    server = QueueServer()
    search(wanted(budget=150, arrivals=constant), server, lambda _: None)
    assert str(server.asked[1][0]).startswith("constant:")
