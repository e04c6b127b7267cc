from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.stats.capacity import Aim, Answer, Budget, Found, Probe, Scale, Search, isotonic
from pytest_fmbench.stats.capacity.combined import Evidence
from pytest_fmbench.stats.capacity.knee import crossing, points_of

TRUTH = 3.0
P95 = Aim("p95", 0.05)
MEAN = Aim("mean", 2.0, Scale.AMOUNT)
NONE_FAILS = Aim("none fails", 0.0, Scale.COUNT)

Server = Callable[[Probe, int], Answer]


def knee(probe: Probe, seed: int) -> Answer:
    """5 % break the promise at TRUTH, more beyond; means scatter as if requests came in clusters of 20."""
    random, steep = np.random.default_rng([seed, int(probe.rate * 1e6)]), math.log(probe.rate / TRUTH) * 8.0
    shape = probe.requests / 20.0
    scatter = float(random.gamma(shape) / shape)
    share = min(1.0, scatter / (1.0 + 19.0 * math.exp(-min(steep, 50.0))))
    mean = scatter * 2.0 * (0.7 + 0.3 * math.exp(min(steep, 5.0)))
    return Answer(probe.rate, probe.requests, (share, mean), spent=probe.requests + probe.warm_up, seconds=1.0)


def about(aim: int) -> Server:
    """The same, of one aim."""

    def answer(probe: Probe, seed: int) -> Answer:
        found = knee(probe, seed)
        return replace(found, means=(found.means[aim],))

    return answer


def ended(search: Search, server: Server, seed: int = 0) -> Search:
    for _ in range(500):
        probe = search.next()
        if probe is None:
            return search
        search = search.after(server(probe, seed))
    pytest.fail("it never ends")


@pytest.mark.parametrize("start", [0.05, 2.9, 90.0])
@pytest.mark.parametrize(("aim", "nth"), [(P95, 0), (MEAN, 1)])
def test_it_is_found_from_anywhere(start: float, aim: Aim, nth: int) -> None:
    search = ended(Search([aim], Budget(requests=200_000), start), about(nth))
    found = search.found()
    assert found.precise
    assert found.limiting == 0
    assert found.low < found.rate < found.high
    assert found.width <= 0.1
    assert TRUTH / 1.1 < found.rate < TRUTH * 1.1


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    found = [ended(Search([P95], Budget(100_000), 1.0), about(0), seed).found() for seed in range(100)]
    held = sum(one.low <= TRUTH <= one.high for one in found)
    assert held >= 90, "docs/capacity.md has it for queues"


def test_of_several_aims_the_least_counts() -> None:
    def both(probe: Probe, seed: int) -> Answer:
        found = knee(probe, seed)
        slow = knee(replace(probe, rate=probe.rate / 2.0), seed)
        return replace(found, means=(slow.means[0], found.means[1]))

    found = ended(Search([P95, MEAN], Budget(200_000), 1.0), both).found()
    assert found.limiting == 1
    assert found.low < TRUTH < found.high


def test_what_is_counted_is_found_by_halving() -> None:
    def fails(probe: Probe, seed: int) -> Answer:
        found = knee(probe, seed)
        return replace(found, means=(0.0, float(probe.rate > 2.0) / 100.0))

    found = ended(Search([P95, NONE_FAILS], Budget(100_000), 0.3), fails).found()
    assert found.precise
    assert found.limiting == 1
    assert found.low <= 2.0 < found.high
    assert found.width <= 0.1


def test_no_rate_holds_what_is_broken_at_the_lowest() -> None:
    def never(probe: Probe, _: int) -> Answer:
        return Answer(probe.rate, probe.requests, (0.5,), sure=(False,), spent=probe.requests)

    found = ended(Search([P95], Budget(100_000), 1.0, floor=0.1), never).found()
    assert found == Found(0.0, 0.0, found.high, 0)
    assert found.high == pytest.approx(0.1)


def test_a_budget_that_ends_leaves_a_wide_interval() -> None:
    spent = ended(Search([P95], Budget(600), 1.0), about(0))
    found = spent.found()
    assert not found.precise
    assert found.low == 0.0
    assert found.high == math.inf
    assert sum(one.spent for one in spent.answers) <= 900


def test_single_probes_say_what_is_sure_where_there_is_no_curve() -> None:
    search = Search([P95], Budget(10_000), 1.0)
    for rate, mean, sure in ((1.0, 0.001, True), (1.6, 0.04, None), (9.0, 0.9, False)):
        search = search.after(Answer(rate, 100, (mean,), sure=(sure,), spent=125))
    found = search.found()
    assert (found.low, found.high, found.limiting) == (1.0, 9.0, 0)


@pytest.mark.parametrize("rates", [[7.0] * 6, [14.0, 15.0, 16.0, 17.0, 18.0, 19.0]], ids=["one rate", "all far above"])
def test_probes_that_show_no_slope_give_no_curve(rates: list[float]) -> None:
    points = points_of(rates, [100] * 6, [1.0, 1.1, 0.9, 1.2, 1.0, 1.1])
    assert crossing(points, 1.0, Scale.AMOUNT, 7.0, level=0.9, breadth=5.0) is None


def test_a_rate_nobody_breaks_has_no_upper_end() -> None:
    def idle(probe: Probe, _: int) -> Answer:
        return Answer(probe.rate, probe.requests, (0.0,), sure=(True,), spent=probe.requests)

    found = ended(Search([P95], Budget(1_000), 1.0), idle).found()
    assert found.high == math.inf
    assert found.limiting is None
    assert found.rate == found.low > 1.0


def test_where_requests_pile_up_no_aim_is_kept() -> None:
    def young(probe: Probe, seed: int) -> Answer:
        return replace(about(0)(probe, seed), means=(0.0,), unstable=probe.rate > 2.0)

    search = ended(Search([P95], Budget(3_000), 1.0), young)
    assert search.found().rate <= 2.5


@pytest.mark.parametrize("counted", [P95, NONE_FAILS], ids=lambda aim: aim.name)
def test_what_is_served_sets_the_capacity_where_no_aim_is_broken(counted: Aim) -> None:
    """A server of 2 requests a second, of which windows tell the better the longer they are."""

    def server(probe: Probe, _: int) -> Answer:
        unsure = probe.rate / math.sqrt(probe.requests)
        piles_up, surely = probe.rate > 2.0, probe.rate > 2.0 + unsure
        served = min(probe.rate, 2.0) - unsure
        sent = probe.requests + probe.warm_up
        return Answer(probe.rate, probe.requests, (0.0,), piles_up, (True,), sent, 0.0, served, surely)

    found = ended(Search([counted], Budget(40_000), 0.3), server).found()
    assert found.piles_up
    assert found.precise
    assert found.limiting is None
    assert found.low < 2.0 < found.high < 1.1 * found.low


def test_a_probe_that_nobody_saw_served_keeps_nothing_surely() -> None:
    answers = (Answer(1.0, 40, (0.0,), sure=(True,), served=0.0), Answer(0.5, 400, (0.0,), sure=(True,), served=0.45))
    assert Evidence([P95], answers, 0.95).surely().low == 0.45


def test_a_long_probe_corrects_a_short_one() -> None:
    search = Search([P95], Budget(100_000), 1.0)
    for rate, requests, mean in ((4.0, 100, 0.0), (5.0, 100, 0.9), (3.9, 1_000, 0.8), (1.0, 100, 0.0)):
        search = search.after(Answer(rate, requests, (mean,), spent=requests))
    probe = search.next()
    assert probe is not None
    assert 1.0 < probe.rate < 3.9


def test_a_budget_of_time_and_one_of_requests_hold_together() -> None:
    budget = Budget(requests=1_000, seconds=10.0)
    spent = (Answer(1.0, 100, (0.0,), spent=400, seconds=9.0),)
    assert budget.left(spent, 100.0) == pytest.approx(100.0)
    assert budget.left(spent, 1e6) == pytest.approx(600.0)
    assert budget.without(400, 11.0) == Budget(600, 0.0)
    assert str(budget) == "1,000 requests and 10 s"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"start": 0.0}, "start=0.0: give a positive number of requests a second"),
        ({"start": math.inf}, "start=inf"),
        ({"start": math.nan}, "start=nan"),
        ({"aims": []}, "name objectives, as 'ttft.p95 < 2s'"),
        ({"precision": 0.0}, "precision=0.0"),
        ({"precision": 10}, "precision=10"),
        ({"confidence": 0.5}, "confidence is 0.5"),
    ],
)
def test_what_makes_no_sense_is_refused(changed: dict[str, object], message: str) -> None:
    given: dict[str, object] = {"aims": [P95], "budget": Budget(100), "start": 1.0}
    with pytest.raises(UsageError, match=message):
        Search(**given | changed)  # type: ignore[arg-type]  # what it refuses


def test_neighbours_out_of_order_are_pooled() -> None:
    assert isotonic([1.0, 3.0, 2.0, 4.0], [1, 1, 1, 1]).tolist() == [1.0, 2.5, 2.5, 4.0]
    assert isotonic([1.0, 3.0, 2.0], [1, 1, 3]).tolist() == [1.0, 2.25, 2.25]
    assert isotonic([3.0, 1.0, 2.0], [1, 1, 1], rising=False).tolist() == [3.0, 1.5, 1.5]
    assert isotonic([], []).tolist() == []


@pytest.mark.parametrize(("aim", "nth"), [(P95, 0), (MEAN, 1)])
def test_what_is_held_lies_lower_the_less_may_be_risked(aim: Aim, nth: int) -> None:
    search = ended(Search([aim], Budget(requests=200_000), 2.9), about(nth))
    found, held = search.found(), [search.held(risk) for risk in (0.05, 0.01)]
    assert found.rate > held[0] > held[1] > 0.8 * TRUTH
    assert held[1] < TRUTH


def test_before_there_is_a_curve_what_is_held_is_what_is_sure() -> None:
    search = Search([P95], Budget(requests=1_000), 1.0)
    assert search.held(0.01) == 0.0
    sure = Answer(1.0, 100, (0.0,), sure=(True,), spent=100)
    assert search.after(sure).held(0.01) == 1.0


def test_where_a_curve_has_no_low_end_what_is_held_is_what_single_probes_say_surely() -> None:
    # means of a server that stalled by chance at 17 and at 28 requests a second, so that no curve fits
    means = {29.3: 0.16, 46.9: 1.93, 37.1: 5.53, 33.0: 10.8, 27.6: 13.4, 17.2: 9.04, 10.8: 0.08, 13.6: 0.06, 18.3: 0.11}
    search = Search([Aim("mean", 0.4, Scale.AMOUNT)], Budget(requests=100_000), 29.3, precision=0.15)
    for rate, mean in means.items():
        search = search.after(Answer(rate, 200, (mean,), sure=(None,), spent=250))
    assert search.held(0.01) == 0.0
    search = search.after(Answer(15.3, 250, (0.08,), sure=(True,), spent=300))
    assert search.centre > 0.0
    assert search.held(0.01) == 15.3
    # which is known at 99.25 % where the interval is of 95 %, and no better
    assert search.held(0.005) == 0.0
