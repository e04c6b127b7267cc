import math
from itertools import accumulate
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats.looks import LEAST_RISK, Look, Spending, false_alarms, look_risk, planned_looks, spend

NORMAL = NormalDist()
FIVE = [Look(nth, nth / 5) for nth in range(1, 6)]
SPREAD = [Look(100, 0.05), Look(150, 0.2), Look(700, 0.5), Look(720, 0.9), Look(2_000, 1.0)]


def evenly(share: float) -> float:
    return share


def obrien_fleming(share: float) -> float:
    return 2 * NORMAL.cdf(NORMAL.inv_cdf(0.0125) / math.sqrt(share)) / 0.025


def bounds(looks: list[Look], risk: float, spending: Spending = spend) -> list[float]:
    return [-NORMAL.inv_cdf(look_risk(looks[:last], risk, spending)) for last in range(1, len(looks) + 1)]


def walks(looks: list[Look], runs: int, seed: int) -> Floats:
    """Standardised sums of as many normal numbers as each look sees, one column a look."""
    sizes = np.array([look.requests for look in looks])
    steps = np.sqrt(np.diff(sizes, prepend=0)) * np.random.default_rng(seed).normal(size=(runs, sizes.size))
    return np.asarray(steps.cumsum(axis=1) / np.sqrt(sizes), dtype=np.float64)


@pytest.mark.parametrize(
    ("spending", "published"),
    [(obrien_fleming, [4.877, 3.357, 2.680, 2.290, 2.031]), (evenly, [2.576, 2.492, 2.411, 2.339, 2.276])],
)
def test_bounds_are_those_of_lan_and_demets(spending: Spending, published: list[float]) -> None:
    assert bounds(FIVE, 0.025, spending) == pytest.approx(published, abs=1e-3)


@pytest.mark.parametrize("looks", [SPREAD, list(planned_looks(10_000))])
def test_a_walk_crosses_at_any_look_with_the_stated_risk(looks: list[Look]) -> None:
    paths = walks(looks, 100_000, seed=1)
    assert (paths > bounds(looks, 0.05)).any(axis=1).mean() == pytest.approx(0.05, abs=0.003)
    assert (paths > -NORMAL.inv_cdf(0.05)).any(axis=1).mean() > 0.12


def test_a_crowd_of_looks_does_not_hide_what_comes_after() -> None:
    crowd = [Look(1_000 + nth, 0.5 + nth / 1_000) for nth in range(40)] + [Look(2_000, 1.0)]
    assert (walks(crowd, 20_000, seed=3) > bounds(crowd, 0.05)).any(axis=1).mean() <= 0.05


def test_by_each_look_only_what_it_may_is_spent() -> None:
    crossed = (walks(SPREAD, 100_000, seed=2) > bounds(SPREAD, 0.2)).cumsum(axis=1) > 0
    assert crossed.mean(axis=0) == pytest.approx([0.2 * look.share**1.5 for look in SPREAD], abs=0.004)


def test_a_single_look_has_the_whole_risk() -> None:
    assert look_risk([Look(9, 1.0)], 0.05) == pytest.approx(0.05)


def test_a_first_look_has_what_its_share_allows() -> None:
    assert look_risk([Look(500, 0.25)], 0.04) == pytest.approx(0.005)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 5_000), st.floats(0.0, 1.0)), min_size=1, max_size=6), st.floats(1e-3, 0.4))
@example([(0, 1.0), (0, 0.0)], 0.05)
@example([(1, 1e-12), (5_000, 1.0)], 0.05)
def test_a_look_gets_what_is_added_at_least_and_what_is_spent_at_most(
    steps: list[tuple[int, float]], risk: float
) -> None:
    sizes, parts = accumulate(size for size, _ in steps), list(accumulate(part for _, part in steps))
    whole = max(parts[-1], 1e-6)
    looks = [Look(1 + size, max(1e-9, min(1.0, part / whole))) for size, part in zip(sizes, parts, strict=True)]
    spent = risk * looks[-1].share ** 1.5
    before = risk * looks[-2].share ** 1.5 if len(looks) > 1 else 0.0
    found = look_risk(looks, risk)
    assert spent - before - 1e-9 <= found <= spent + 1e-9


@pytest.mark.parametrize("later", [Look(500, 0.5), Look(501, 0.5)])
def test_a_look_that_uses_no_more_of_the_budget_has_no_risk_to_speak_of(later: Look) -> None:
    assert look_risk([Look(500, 0.5), later], 0.05) == LEAST_RISK


def test_a_last_look_that_sees_nothing_new_spends_the_rest_without_erring() -> None:
    assert 0.05 * (1 - 0.5**1.5) <= look_risk([Look(500, 0.5), Look(500, 1.0)], 0.05) <= 0.05


@pytest.mark.parametrize("looks", [[], [Look(500, 0.5), Look(499, 0.6)], [Look(500, 0.5), Look(600, 0.4)]])
def test_looks_that_cannot_be_are_refused(looks: list[Look]) -> None:
    with pytest.raises(UsageError, match=r"no look was made|a run does not shrink"):
        look_risk(looks, 0.05)


@pytest.mark.parametrize("risk", [0.0, 1.0, -0.1, math.nan])
def test_a_risk_that_cannot_be_is_refused(risk: float) -> None:
    with pytest.raises(UsageError, match="risk"):
        look_risk(FIVE, risk)


@pytest.mark.parametrize(("requests", "share"), [(0, 0.5), (10, 0.0), (10, 1.1), (10, math.nan)])
def test_a_look_at_nothing_is_refused(requests: int, share: float) -> None:
    with pytest.raises(UsageError, match="a look sees"):
        Look(requests, share)


def test_looks_are_planned_back_from_the_last() -> None:
    sizes = [look.requests for look in planned_looks(10_000)]
    assert sizes == [625, 884, 1_250, 1_768, 2_500, 3_536, 5_000, 7_072, 10_000]
    assert [look.share for look in planned_looks(10_000)] == [size / 10_000 for size in sizes]
    assert [look.requests for look in planned_looks(100, first=20, growth=2.0)] == [25, 50, 100]


@pytest.mark.parametrize("budget", [1, 60, 500, 707])
def test_a_small_budget_has_one_look(budget: int) -> None:
    assert planned_looks(budget) == (Look(budget, 1.0),)


def test_many_looks_at_a_large_budget_are_possible() -> None:
    looks = planned_looks(1_000_000, first=500)
    assert len(looks) == 22
    assert LEAST_RISK < look_risk(looks[:1], 0.05) < look_risk(looks, 0.05) < 0.05


@pytest.mark.parametrize(
    ("budget", "first", "growth"), [(0, 500, 2.0), (100, 0, 2.0), (100, 10, 1.0), (9, 9, math.nan)]
)
def test_looks_that_cannot_be_planned_are_refused(budget: int, first: int, growth: float) -> None:
    with pytest.raises(UsageError, match="cannot be planned"):
        planned_looks(budget, first=first, growth=growth)


def test_false_alarms_of_a_session_add_up() -> None:
    assert false_alarms(200, 0.95) == pytest.approx(10.0)
    assert false_alarms(0, 0.95) == 0.0


@pytest.mark.parametrize(("cases", "confidence"), [(-1, 0.95), (1, 1.0), (1, math.nan)])
def test_a_session_that_cannot_be_is_refused(cases: int, confidence: float) -> None:
    with pytest.raises(UsageError):
        false_alarms(cases, confidence)
