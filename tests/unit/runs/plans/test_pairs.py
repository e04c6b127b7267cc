from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.load.arrivals import Load, closed, constant, ramp
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.runs.plans.pairs import AskedPairs, plan_comparison, smallest_effects
from pytest_fmbench.runs.plans.past import Found, Past
from pytest_fmbench.runs.plans.past_pairs import FoundPairs, PastPairs
from pytest_fmbench.runs.plans.spreads import blocks_of, cut_length
from pytest_fmbench.stats.detectable import detectable, spread_of
from pytest_fmbench.stats.paired import paired_ratio
from tests.support.pasts import drawn, past


def planned(
    earlier: Past | None = None,
    *,
    of_both: FoundPairs | None = None,
    pairs: int = 12,
    block_s: float = 1.0,
    load: Load | None = None,
) -> Any:
    asked = AskedPairs("it", "a", "b", "Chat()", load or closed(2), Limits(0.5, block_s), pairs, (0.0, 0.0))
    found = Found(earlier) if earlier else Found(why="never measured")
    return plan_comparison(asked, of_both or FoundPairs(), found, METRICS)


def compared(blocks: int = 6, requests: int = 50) -> PastPairs:
    arms = (tuple(past(drawn(requests, seed=10 * arm + nth)) for nth in range(blocks)) for arm in range(2))
    return PastPairs("2026-02-02", *arms)


def test_a_run_is_cut_into_whole_blocks() -> None:
    cut = blocks_of(past([*range(1, 11)], gap_ms=100.0), 0.3, METRICS)
    assert [(block * 1e3).round(6).tolist() for block in cut["ttft"]] == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert [block.size for block in cut["e2e"]] == [3, 3, 3]


def test_rounding_takes_no_block_away() -> None:
    assert len(blocks_of(past([1.0] * 400, gap_ms=10.0), 4.0 / 12, METRICS)["ttft"]) == 12


def test_the_smallest_effect_is_that_of_the_spread_of_the_blocks() -> None:
    earlier = past(drawn(1_200))
    plan = planned(earlier)
    blocks = [np.array(block) for block in blocks_of(earlier, 1.0, METRICS)["ttft"]]
    by_name = {one["statistic"]: one for one in plan["detectable"]}
    assert [*by_name] == ["ttft.p95", "ttft.mean", "e2e.p95", "e2e.mean"]
    assert by_name["ttft.p95"]["spread"] == spread_of(blocks, 0.95)
    assert by_name["ttft.mean"]["spread"] == spread_of(blocks)
    (half, own, double, tenfold) = by_name["ttft.mean"]["smallest"]
    assert [one["block_s"] for one in (half, own, double, tenfold)] == [0.5, 1.0, 2.0, 10.0]
    assert own["ratio"] == detectable(spread_of(blocks), 12)
    assert half["ratio"] > own["ratio"] > double["ratio"] > tenfold["ratio"] > 1.0


def test_blocks_that_are_longer_have_less_spread() -> None:
    ratios = [one["ratio"] for one in smallest_effects(0.1, 12, 1.0)]
    assert ratios == [detectable(0.1 / math.sqrt(times), 12) for times in (0.5, 1.0, 2.0, 10.0)]


def test_minutes_are_those_of_all_blocks() -> None:
    assert planned()["minutes"] == {"expected": None, "at_most": 24 * (0.5 + 60 + 1 + 60) / 60}
    assert planned(load=constant(1))["minutes"]["at_most"] == pytest.approx(24 * (0.5 + 1 + 60) / 60)
    earlier = past([100.0] * 200)
    waits = earlier.drain_s + 0.5
    assert planned(earlier)["minutes"]["expected"] == pytest.approx(24 * (1 + waits) / 60)


def test_requests_are_those_of_both_arms() -> None:
    assert planned(past([1.0] * 200))["requests"] == {"expected": 2_400, "block_holds": 100}
    assert planned()["requests"] == {"expected": None, "block_holds": None}
    assert planned(load=constant(5))["requests"] == {"expected": None, "block_holds": 5}


def test_without_an_earlier_run_no_effect_is_known() -> None:
    plan = planned()
    assert (plan["detectable"], plan["history"]["why"]) == ([], "never measured")


def test_an_earlier_run_may_be_too_short() -> None:
    plan = planned(past(drawn(119)))
    assert plan["detectable"] == []
    assert plan["history"]["why"] == "the earlier run is too short to be cut into blocks; 120 requests are the least"


@pytest.mark.parametrize(("seconds", "cut_s"), [(4.0, 1.0), (12.0, 1.0), (3.9, 3.9 / 12)])
def test_a_run_is_cut_into_blocks_of_the_pair_or_shorter_ones(seconds: float, cut_s: float) -> None:
    assert cut_length(past([1.0] * round(seconds * 100)), 1.0) == pytest.approx(cut_s)


def test_shorter_blocks_have_a_larger_spread() -> None:
    earlier = past(drawn(360))
    blocks = blocks_of(earlier, 0.3, METRICS)["ttft"]
    by_name = {one["statistic"]: one for one in planned(earlier)["detectable"]}
    assert by_name["ttft.mean"]["spread"] == pytest.approx(spread_of(blocks) * math.sqrt(0.3))


def test_a_statistic_whose_spread_is_not_bounded_is_left_out() -> None:
    plan = planned(past([0.0] * 500))
    assert [one["statistic"] for one in plan["detectable"]] == ["e2e.p95", "e2e.mean"]
    assert [one["spread"] for one in plan["detectable"]] == [0.0, 0.0]


def test_an_earlier_comparison_tells_more_than_a_run_of_the_baseline() -> None:
    both = compared()
    plan = planned(past(drawn(1_200)), of_both=FoundPairs(both, ""), block_s=2.0)
    assert plan["history"] == {
        "session": "2026-02-02",
        "requests": 600,
        "measurements": None,
        "of": "comparison",
        "why": "",
    }
    by_name = {one["statistic"]: one for one in plan["detectable"]}
    before, after = (
        [blocks_of(one, 0.5, METRICS)["ttft"][0] for one in arm] for arm in (both.baseline, both.candidate)
    )
    for name, q in (("ttft.mean", None), ("ttft.p95", 0.95)):
        spread = paired_ratio(before, after, q).spread  # of blocks of half a second, where two seconds are planned
        assert by_name[name]["spread"] == pytest.approx(spread / 2.0)
    assert plan["requests"] == {"expected": 24 * 200, "block_holds": 200}
    waits = both.drain_s + max(0.5, both.first_replies_s(2))
    assert plan["minutes"]["expected"] == pytest.approx(24 * (2.0 + waits) / 60)


def test_blocks_of_a_shape_are_whole() -> None:
    load, both = ramp(5, 20, over=2.0), compared()
    alone = planned(past(drawn(1_200)), load=load, block_s=2.0)
    assert alone["detectable"] == [], "parts of a shape do not show how whole ones differ"
    assert alone["history"]["why"] == "the earlier run is one block, since a shape cannot be cut"
    plan = planned(of_both=FoundPairs(both, ""), load=load, block_s=2.0)
    assert {len(one["smallest"]) for one in plan["detectable"]} == {1}
    assert [one["smallest"][0]["times"] for one in plan["detectable"]] == [1.0] * 4


def test_a_comparison_that_cannot_be_read_is_said() -> None:
    plan = planned(past(drawn(1_200)), of_both=FoundPairs(why="cannot read it"))
    assert (plan["history"]["of"], plan["history"]["why"]) == ("baseline", "cannot read it")
    assert len(plan["detectable"]) == 4
