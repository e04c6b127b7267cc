from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.load.arrivals import Closed, Load, closed, constant, poisson, steps
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.runs.figures import Figures
from pytest_fmbench.runs.plans.foreseeing import looks_to_come
from pytest_fmbench.runs.plans.past import Found, Past
from pytest_fmbench.runs.plans.plan import Asked, Plan, dollars, plan_run, window_holds
from pytest_fmbench.runs.verdicts.sequential import Judged, Strictness
from pytest_fmbench.sla import parse
from pytest_fmbench.stats import minimum_samples
from pytest_fmbench.stats.looks import look_risk
from pytest_fmbench.stats.power import more_needed
from tests.support.pasts import drawn, past

NEVER = Found(why="never measured")


def planned(
    *sla: str,
    load: Load | None = None,
    limits: Limits | None = None,
    earlier: Past | None = None,
    sequential: bool = True,
    rates: Sequence[float | None] = (0.0,),
    tokens: int | None = None,
) -> Plan:
    load = load or closed(2)
    objectives = tuple(parse(text, METRICS) for text in sla)
    judged = Judged(objectives, METRICS, open_loop=not isinstance(load, Closed))
    limits = limits or Limits(1.0, 10.0)
    asked = Asked("a case", "m+s+local", "Chat()", load, limits, judged, Strictness(), sequential, rates, (), tokens)
    return plan_run(asked, Found(earlier) if earlier else NEVER)


def only(plan: Plan) -> dict[str, Any]:
    (one,) = plan["objectives"]
    return dict(one)


@pytest.mark.parametrize(
    ("load", "limits", "holds"),
    [
        (constant(10), Limits(1.0, 3.0), 30),
        (constant(10), Limits(0.0, 3.0), 30),
        (constant(10), Limits(1.05, 0.01), 0),
        (constant(10), Limits(1.0, 3.0, 12), 12),
        (constant(10), Limits(1.0, 3.0, 40), 30),
        (closed(2), Limits(1.0, 3.0), None),
        (closed(2), Limits(1.0, 3.0, 12), 12),
    ],
)
def test_what_a_window_holds_is_known_of_the_schedule_or_of_a_limit(load: Load, limits: Limits, holds: int) -> None:
    assert window_holds(load, limits, None) == holds


def test_a_poisson_window_holds_the_arrivals_that_its_seed_draws() -> None:
    offsets = poisson(50).offsets(0)
    inside = [at for at in (next(offsets) for _ in range(5_000)) if 2 * 10**9 <= at < 22 * 10**9]
    assert window_holds(poisson(50), Limits(2.0, 20.0), None) == len(inside)


def test_the_window_of_a_shape_holds_all_of_it_and_is_looked_at_once() -> None:
    load = steps([(100, 5), (300, 5)])
    plan = planned("ttft.p95 < 10s", load=load, limits=Limits(1.0, 10.0), earlier=past(drawn(2_000), gap_ms=5.0))
    offsets = load.offsets(0, 10**9)
    inside = [at for at in (next(offsets) for _ in range(5_000)) if 10**9 <= at < 11 * 10**9]
    assert plan["requests"]["window_holds"] == len(inside) == pytest.approx(2_000, abs=150)
    assert only(plan)["why"] == "pass at the end"
    assert plan["window_s"] == {"expected": 10.0, "at_most": 10.0}


def test_each_round_holds_the_whole_shape() -> None:
    load, each = steps([(100, 5), (300, 5)]), Limits(1.0, 10.0)
    judged = Judged((), METRICS, open_loop=True)
    limits = Limits(5.0, 30.0)
    asked = Asked("a case", "m", "Chat()", load, limits, judged, Strictness(), True, (0.0,), (each,) * 3)
    plan = plan_run(asked, NEVER)
    assert plan["requests"]["window_holds"] == 3 * (window_holds(load, each, None) or 0)
    assert plan["minutes"]["at_most"] == pytest.approx(3 * (1.0 + 10.0 + 60.0) / 60.0)


@pytest.mark.parametrize(("requests", "holds"), [(None, 1_000), (300, 300), (2_000, 1_000)])
def test_a_closed_loop_holds_as_many_as_at_its_earlier_rate(requests: int | None, holds: int) -> None:
    assert window_holds(closed(2), Limits(1.0, 10.0, requests), past([5.0] * 40)) == holds


@given(st.integers(1, 100_000), st.booleans())
def test_looks_grow_and_the_last_sees_all(budget: int, sequential: bool) -> None:
    looks = looks_to_come(budget, sequential=sequential)
    assert (looks[-1].requests, looks[-1].share) == (budget, 1.0)
    sizes = [look.requests for look in looks]
    assert sizes == sorted(set(sizes))
    assert (len(sizes) > 1) is (sequential and budget > 500)
    assert all(one.share == one.requests / budget for one in looks)


def test_looks_are_those_of_a_run() -> None:
    assert [look.requests for look in looks_to_come(2_000, sequential=True)] == [500, 708, 1002, 1418, 2000]


@pytest.mark.parametrize(
    ("sla", "least"),
    [
        ("ttft.p95 < 1s", minimum_samples(0.95, 0.9)),
        ("ttft.p99 < 1s", minimum_samples(0.99, 0.9)),
        ("ttft.p95 > 1ms", minimum_samples(0.05, 0.9)),
        ("itl.p90 < 1s", minimum_samples(0.9, 0.9)),
        ("ttft.mean < 1s", None),
    ],
)
def test_the_least_is_what_bounds_the_percentile_in_one_look(sla: str, least: int | None) -> None:
    one = only(planned(sla))
    assert one["at_least"] == least
    assert one["at_least_of"] == ("samples" if sla.startswith("itl") else "requests")


def test_the_level_of_the_last_look_makes_the_least_larger() -> None:
    level = 1.0 - 2.0 * look_risk(looks_to_come(2_000, sequential=True), 0.05)
    assert only(planned("ttft.p99 < 1s", load=constant(200)))["at_least"] == minimum_samples(0.99, level) > 299
    assert only(planned("ttft.p99 < 1s", load=constant(200), sequential=False))["at_least"] == 299


def test_the_risk_is_divided_over_what_an_interval_decides() -> None:
    plan = planned("ttft.p95 < 1s", "e2e.p95 < 1s", "error_rate <= 0%", "ttft < 1s")
    assert [one["at_least"] for one in plan["objectives"]] == [minimum_samples(0.95, 0.95)] * 2 + [None]
    assert [one["counted"] for one in plan["objectives"]] == [False, False, True]


def test_what_the_window_cannot_decide_is_said() -> None:
    one = only(planned("ttft.p99 < 1s", load=constant(20)))
    assert (one["metric"], one["at_least"], one["expected"]) == ("ttft_scheduled", 299, None)
    assert one["why"] == "cannot pass within 200 requests: let the window hold more"


def test_without_an_earlier_run_nothing_is_guessed() -> None:
    plan = planned("ttft.p95 < 1s", "error_rate <= 0%")
    assert plan["requests"] == {"expected": None, "window_holds": None, "limit": None}
    assert plan["minutes"] == {"expected": None, "at_most": (1.0 + 60.0 + 10.0 + 60.0) / 60.0}
    assert [one["expected"] for one in plan["objectives"]] == [None, None]
    assert [one["why"] for one in plan["objectives"]] == ["never measured", "counted among all requests of the window"]
    assert plan["history"]["why"] == "never measured"
    assert plan["drain_s"] == {"expected": None, "at_most": 60.0}


def test_an_open_loop_waits_for_nobody_before_its_window() -> None:
    assert planned(load=constant(1))["minutes"]["at_most"] == (1.0 + 10.0 + 60.0) / 60.0


def test_what_the_first_look_decided_is_expected_to_be_decided_there_again() -> None:
    plan = planned("ttft.p90 < 10s", "error_rate <= 0%", earlier=past(drawn(600)))
    (decided, counted) = plan["objectives"]
    assert (decided["expected"], decided["why"]) == (500, "pass at the first look")
    assert counted["expected"] is None
    assert plan["requests"]["window_holds"] == 1_000
    assert plan["requests"]["expected"] == 500
    assert plan["window_s"] == {"expected": 5.0, "at_most": 10.0}


@pytest.mark.parametrize(
    ("share", "why"), [(1.0, "pass at the look at 708"), (0.95, "fail at the look at 708"), (1.01, "pass at the end")]
)
def test_what_a_later_look_decides_says_which(share: float, why: str) -> None:
    earlier = past(drawn(1_000))
    limit_ms = 1e3 * float(Figures(earlier.measurement, METRICS).estimate("ttft", "p95")) * share
    plan = planned(f"ttft.p95 < {limit_ms:.1f}ms", earlier=earlier)
    assert only(plan)["why"] == why
    assert plan["requests"]["expected"] == only(plan)["expected"] == (1_000 if why.endswith("end") else 708)


def test_an_objective_that_fails_ends_the_run() -> None:
    plan = planned("ttft.p90 < 1ms", "ttft.mean < 101ms", earlier=past(drawn(600)))
    assert plan["objectives"][0]["why"] == "fail at the first look"
    assert plan["requests"]["expected"] == 500


def test_what_is_open_takes_as_many_more_as_the_statistics_say() -> None:
    earlier = past(drawn(200), gap_ms=50.0)
    looks = looks_to_come(200, sequential=True)
    level = 1.0 - 2.0 * look_risk(looks, 0.05)
    estimate = Figures(earlier.measurement, METRICS).estimate("ttft", "mean", level)
    limit = float(estimate) * 1.005
    need = more_needed(estimate, round(limit * 1e3, 2) / 1e3, tolerance=0.0005, requests=200)
    assert need.more
    objectives = (parse(f"ttft.mean < {limit * 1e3:.2f}ms", METRICS),)
    judged = Judged(objectives, METRICS, open_loop=False)
    limits, strictness = Limits(1.0, 10.0), Strictness(tolerance=0.0005)
    asked = Asked("a case", "m", "Chat()", closed(2), limits, judged, strictness, sequential=True, rates=(0.0,))
    plan = plan_run(asked, Found(earlier))
    assert only(plan)["expected"] == 200 + need.more
    assert only(plan)["why"] == "not within 200 requests: let the window hold more"
    assert plan["requests"]["expected"] == 200
    assert plan["window_s"]["expected"] == 10.0


def test_a_window_that_ends_by_its_requests_is_as_long_as_they_take() -> None:
    plan = planned("ttft.mean < 10s", limits=Limits(1.0, 10.0, 200), earlier=past(drawn(400), gap_ms=20.0))
    assert plan["requests"] == {"expected": 200, "window_holds": 200, "limit": 200}
    assert plan["window_s"]["expected"] == pytest.approx(4.0)


def test_a_fixed_window_lasts_its_whole_length() -> None:
    plan = planned("ttft.mean < 10s", earlier=past(drawn(600)), sequential=False)
    assert plan["window_s"]["expected"] == 10.0
    assert plan["requests"]["expected"] == 1_000


def test_a_window_holds_as_many_requests_as_there_are_tokens_for() -> None:
    plan = planned("ttft.mean < 10s", earlier=past(drawn(600)), sequential=False, tokens=800)  # two tokens a request
    assert plan["requests"]["window_holds"] == plan["requests"]["expected"] == 400
    assert plan["window_s"]["expected"] == pytest.approx(4.0)
    assert plan["tokens"] == {"limit": 800}
    assert planned("ttft.mean < 10s", tokens=800)["requests"]["window_holds"] is None


def test_expected_minutes_hold_first_and_last_replies() -> None:
    plan = planned(earlier=past([3_000.0] * 1_000), limits=Limits(1.0, 10.0))
    # both users have a reply 3.011 s after the start; the last request begins 10 ms before the end and takes 3.001 s
    assert plan["minutes"]["expected"] == pytest.approx((3.011 + 10.0 + 2.991) / 60.0)
    assert plan["drain_s"]["expected"] == pytest.approx(2.991)


def test_a_run_that_nobody_judges_is_planned_too() -> None:
    plan = planned(earlier=past(drawn(600)))
    assert plan["objectives"] == []
    assert plan["requests"]["expected"] == 1_000


def test_a_window_that_holds_no_request_says_so() -> None:
    plan = planned("ttft.mean < 1s", load=constant(0.1), limits=Limits(1.0, 2.0), earlier=past(drawn(20)))
    assert (only(plan)["expected"], only(plan)["why"]) == (None, "the window holds no request")


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ((0.0,), {"ours": True, "expected": 0.0, "at_most": 0.0}),
        ((None,), {"ours": False, "expected": None, "at_most": None}),
        ((3.0,), {"ours": True, "expected": None, "at_most": 1.5}),
        ((3.0, 1.0), {"ours": True, "expected": None, "at_most": 2.0}),
        ((3.0, None), {"ours": False, "expected": None, "at_most": None}),
    ],
)
def test_dollars_are_those_of_our_own_servers(rates: Sequence[float | None], expected: Plan) -> None:
    assert dollars(rates, {"expected": None, "at_most": 30.0}) == expected
    assert dollars([2.0], {"expected": 15.0, "at_most": 30.0}) == {"ours": True, "expected": 0.5, "at_most": 1.0}
