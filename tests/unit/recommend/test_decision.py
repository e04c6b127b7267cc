"""Which deployment is chosen, and what is said of the others."""

from __future__ import annotations

import pytest

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.recommend import Candidate, Demand, decide
from tests.support.candidates import by_the_token, candidate, rate

DEMAND = Demand(120.0, headroom=0.2, redundancy=1)


def close(value: float, part: float = 0.03) -> Estimate:
    """A capacity, known so closely."""
    return rate(value, value * (1.0 - part), value * (1.0 + part))


def test_the_cheapest_fleet_is_chosen_not_the_cheapest_hour() -> None:
    # 144 / 14.55 -> 10, + 1 = 11 x 2 = 22; 144 / 3.88 -> 38, + 1 = 39 x 0.7 = 27.3
    large, small = candidate("large", close(15.0), 2.0), candidate("small", close(4.0), 0.7)
    found = decide([small, large], DEMAND)
    assert found.best is not None
    assert (found.best.name, found.best.replicas, found.best.usd_per_hour) == ("large", 11, 22.0)
    assert [one.fleet.name for one in found.ranked] == ["large", "small"]
    assert found.ranked[0].chance == 1.0
    assert found.ties == []


def test_what_costs_three_percent_more_is_a_tie() -> None:
    found = decide([candidate("a", 15.0, 2.0), candidate("b", 15.0, 2.05)], DEMAND)
    assert found.best is not None
    assert found.best.name == "a"
    assert [one.fleet.name for one in found.ties] == ["b"]
    assert [one.chance for one in found.ranked] == [1.0, 1.0]


def test_what_the_data_do_not_tell_apart_is_a_tie() -> None:
    wide = [candidate("a", close(15.0, 0.2), 2.0), candidate("b", close(15.0, 0.2), 2.2)]
    found = decide(wide, DEMAND)
    assert [one.fleet.name for one in found.ties] == [found.ranked[1].fleet.name]
    assert 0.05 < found.ranked[1].chance < found.ranked[0].chance < 1.0
    narrow = [candidate("a", close(15.0, 0.005), 2.0), candidate("b", close(15.0, 0.005), 2.2)]
    assert decide(narrow, DEMAND).ties == []


def test_the_same_is_decided_each_time_whatever_the_order() -> None:
    each = [candidate(name, close(15.0, 0.1), usd) for name, usd in (("a", 2.0), ("b", 2.1), ("c", 3.0))]
    found = decide(each, DEMAND)
    assert found == decide(each, DEMAND)
    turned = decide(each[::-1], DEMAND)
    assert [one.fleet.name for one in turned.ranked] == [one.fleet.name for one in found.ranked]


def test_of_what_costs_the_same_the_one_with_more_to_spare_is_chosen() -> None:
    found = decide([candidate("a", 15.0, 2.0), candidate("b", 90.0, 2.0), candidate("c", 50.0, 2.0)], Demand(0.01))
    assert [one.fleet.name for one in found.ranked] == ["b", "c", "a"]


def test_none_that_would_do_says_so_of_each() -> None:
    found = decide([candidate("a", 0.0, 1.0, why="too slow"), candidate("b", 5.0, None)], DEMAND)
    assert (found.best, found.ranked, found.front, found.break_evens, found.ties) == (None, (), (), (), [])
    assert [(one.name, one.why) for one in found.refused] == [("a", "too slow"), ("b", "nobody knows what it costs")]


def test_nothing_measured_is_no_recommendation() -> None:
    assert decide([], DEMAND).best is None


def worth(value: float) -> Estimate:
    return Estimate(value, value, value, 100)


def test_the_front_holds_what_no_other_beats_in_cost_latency_and_quality() -> None:
    def one(name: str, usd: float, waits: float, score: float) -> Candidate:
        return candidate(name, 15.0, usd, curves={"ttft": [(1.0, waits)]}, quality={"score": worth(score)})

    each = [
        one("cheap", 1.0, 0.9, 0.5),
        one("fast", 2.0, 0.3, 0.5),
        one("good", 2.5, 0.9, 0.8),
        one("beaten", 2.6, 0.95, 0.8),
        candidate("unknown", 15.0, 0.9),
    ]
    assert decide(each, DEMAND, "ttft", "score").front == ("cheap", "fast", "good", "unknown")
    assert decide(each, DEMAND).front == ("unknown",)


def test_a_figure_at_a_rate_lies_on_lines_between_those_that_were_tried() -> None:
    one = candidate("a", 15.0, 1.0, curves={"ttft": [(2.0, 0.2), (4.0, 0.4), (8.0, 2.0)]})
    assert one.figure("ttft", 3.0) == pytest.approx(0.3)
    assert (one.figure("ttft", 4.0), one.figure("ttft", 1.0), one.figure("ttft", 9.0)) == (0.4, 0.2, 2.0)
    assert one.figure("e2e", 3.0) is None


def test_where_hours_cost_as_much_as_tokens() -> None:
    ours, theirs = candidate("ours", 15.0, 2.0), by_the_token("theirs", 200.0, 3.0, 15.0)
    found = decide([ours, theirs], DEMAND)
    assert found.best is not None
    assert found.best.name == "ours"
    (even,) = found.break_evens
    assert even.arrivals_an_hour == pytest.approx(22.0 / 0.0045)
    assert even.share_of_peak == pytest.approx(22.0 / 0.0045 / 3_600 / 120.0)
    # hardly anybody asks at other times
    quiet = decide([ours, theirs], Demand(120.0, mean=0.1, redundancy=1))
    assert quiet.best is not None
    assert quiet.best.name == "theirs"
    assert quiet.break_evens[0].arrivals_an_hour == pytest.approx(22.0 / 0.0045)
