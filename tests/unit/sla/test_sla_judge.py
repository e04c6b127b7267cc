import math

import pytest

from pytest_fmbench import stats
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Objective, Outcome, Verdict
from pytest_fmbench.model.units import Unit
from pytest_fmbench.sla import interval_confidence, judge


def objective(operator: str, limit: float, statistic: str | None = "p95", *, per_request: bool = False) -> Objective:
    return Objective(f"it {operator} {limit}", "it", statistic, operator, limit, per_request)


def seconds(value: float, low: float, high: float, n: int = 120) -> Estimate:
    return Estimate(value, low, high, n, unit=Unit.SECOND, confidence=0.9)


def share(bad: int, n: int) -> Estimate:
    """``bad`` of ``n``, spread over the run."""
    return stats.proportion([(i + 1) * bad // n > i * bad // n for i in range(n)], confidence=0.9)


def outcome(promise: Objective, estimate: Estimate, tolerance: float = 0.0) -> Outcome:
    return judge(promise, estimate, tolerance=tolerance).outcome


@pytest.mark.parametrize("operator", ["<", "<="])
def test_a_ceiling_is_judged_by_the_whole_interval(operator: str) -> None:
    promise = objective(operator, 0.5)
    assert outcome(promise, seconds(0.3, 0.2, 0.49)) is Outcome.PASS
    assert outcome(promise, seconds(0.7, 0.51, 0.9)) is Outcome.FAIL
    assert outcome(promise, seconds(0.45, 0.4, 0.6)) is Outcome.INCONCLUSIVE
    assert outcome(promise, seconds(0.55, 0.4, 0.6)) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("operator", [">", ">="])
def test_a_floor_is_judged_by_the_whole_interval(operator: str) -> None:
    promise = objective(operator, 0.5)
    assert outcome(promise, seconds(0.3, 0.2, 0.49)) is Outcome.FAIL
    assert outcome(promise, seconds(0.7, 0.51, 0.9)) is Outcome.PASS
    assert outcome(promise, seconds(0.45, 0.4, 0.6)) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("operator", "touching_from_below", "touching_from_above"),
    [
        ("<", Outcome.INCONCLUSIVE, Outcome.FAIL),
        ("<=", Outcome.PASS, Outcome.INCONCLUSIVE),
        (">", Outcome.FAIL, Outcome.INCONCLUSIVE),
        (">=", Outcome.INCONCLUSIVE, Outcome.PASS),
    ],
)
def test_equality_is_the_operators(operator: str, touching_from_below: Outcome, touching_from_above: Outcome) -> None:
    assert outcome(objective(operator, 0.5), seconds(0.4, 0.3, 0.5)) is touching_from_below
    assert outcome(objective(operator, 0.5), seconds(0.6, 0.5, 0.7)) is touching_from_above


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
def test_what_is_not_bounded_is_not_decided(operator: str) -> None:
    assert outcome(objective(operator, 0.5), seconds(0.3, -math.inf, math.inf), 0.5) is Outcome.INCONCLUSIVE


def test_an_end_that_does_not_matter_may_be_infinite() -> None:
    assert outcome(objective("<", 0.5), seconds(0.7, 0.6, math.inf)) is Outcome.FAIL
    assert outcome(objective("<", 0.5), seconds(0.4, -math.inf, 0.45)) is Outcome.PASS
    assert outcome(objective(">", 0.5), seconds(0.7, 0.6, math.inf)) is Outcome.PASS


@pytest.mark.parametrize(("value", "expected"), [(0.49, Outcome.PASS), (0.5, Outcome.FAIL), (0.51, Outcome.FAIL)])
def test_inside_the_tolerance_the_value_decides(value: float, expected: Outcome) -> None:
    verdict = judge(objective("<", 0.5), seconds(value, 0.475, 0.525), tolerance=0.05)
    assert verdict.outcome is expected
    assert "at the limit 500 ms +- 5%" in verdict.reason


@pytest.mark.parametrize("ends", [(0.474, 0.52), (0.48, 0.526)])
def test_an_interval_that_leaves_the_tolerance_is_not_decided(ends: tuple[float, float]) -> None:
    assert outcome(objective("<", 0.5), seconds(0.5, *ends), 0.05) is Outcome.INCONCLUSIVE


def test_an_interval_on_one_side_is_decided_by_itself_even_inside_the_tolerance() -> None:
    assert "at the limit" not in judge(objective("<", 0.5), seconds(0.49, 0.48, 0.495), tolerance=0.05).reason


def test_reasons_give_value_interval_n_and_limit() -> None:
    passed = judge(objective("<", 0.5), seconds(0.3, 0.2, 0.4), tolerance=0.0)
    missed = judge(objective(">=", 0.5), seconds(0.3, 0.2, 0.4), tolerance=0.0)
    assert passed.reason == "300 ms [200 ms, 400 ms], n=120: all of it keeps < 500 ms"
    assert missed.reason == "300 ms [200 ms, 400 ms], n=120: all of it misses >= 500 ms"


def test_a_verdict_holds_what_it_is_of() -> None:
    promise, estimate = objective("<", 0.5), seconds(0.3, 0.2, 0.4)
    verdict = judge(promise, estimate, tolerance=0.0)
    assert isinstance(verdict, Verdict)
    assert verdict.objective is promise
    assert verdict.estimate is estimate


def test_nothing_measured_is_not_decided() -> None:
    nothing = Estimate(math.nan, -math.inf, math.inf, 0, unit=Unit.SHARE)
    for promise in (objective("<", 0.5), objective("<", 0.5, "max"), objective("<=", 0.0, None), objective(">", 0.5)):
        verdict = judge(promise, nothing, tolerance=0.05, failures=0)
        assert verdict.outcome is Outcome.INCONCLUSIVE
        assert verdict.reason == "no request to compute it from"


@pytest.mark.parametrize("estimate", [stats.ratio([1.0, 2.0], [0.0, 0.0]), Estimate(0.0, 0.0, 0.0, 0)])
def test_what_could_not_be_computed_is_not_decided(estimate: Estimate) -> None:
    verdict = judge(objective("<", 0.5, None), estimate, tolerance=0.05)
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, "no request to compute it from")


def test_no_failure_is_counted() -> None:
    none = judge(objective("<=", 0.0, None), share(0, 120), tolerance=0.05)
    one = judge(objective("<=", 0.0, None), share(1, 120), tolerance=0.05)
    assert (none.outcome, none.reason) == (Outcome.PASS, "0 of 120 requests failed")
    assert (one.outcome, one.reason) == (Outcome.FAIL, "1 of 120 requests failed")


def test_the_callers_count_of_failures_wins() -> None:
    verdict = judge(objective("<=", 0.0, None), share(0, 120), tolerance=0.05, failures=3)
    assert (verdict.outcome, verdict.reason) == (Outcome.FAIL, "3 of 120 requests failed")


def test_all_that_kept_their_promises_are_counted() -> None:
    every = judge(objective(">=", 1.0, None), share(120, 120), tolerance=0.05)
    most = judge(objective(">=", 1.0, None), share(118, 120), tolerance=0.05)
    assert (every.outcome, every.reason) == (Outcome.PASS, "0 of 120 requests missed")
    assert (most.outcome, most.reason) == (Outcome.FAIL, "2 of 120 requests missed")


def test_a_share_that_allows_some_is_judged_by_its_interval() -> None:
    assert outcome(objective("<", 0.01, None), share(0, 60)) is Outcome.INCONCLUSIVE
    assert outcome(objective("<", 0.01, None), share(0, 300)) is Outcome.PASS
    assert outcome(objective("<", 0.01, None), share(30, 300)) is Outcome.FAIL


def test_a_time_is_no_count() -> None:
    assert outcome(objective("<=", 0.0), seconds(0.0, -0.1, 0.1)) is Outcome.INCONCLUSIVE
    assert outcome(objective(">=", 1.0, None), seconds(1.0, 0.9, 1.1)) is Outcome.INCONCLUSIVE


def test_the_largest_value_is_counted() -> None:
    largest = stats.maximum([0.1, 0.4], unit=Unit.SECOND)
    kept = judge(objective("<", 0.5, "max"), largest, tolerance=0.0)
    missed = judge(objective("<", 0.4, "max"), largest, tolerance=0.0)
    assert (kept.outcome, kept.reason) == (Outcome.PASS, "largest of n=2 is 400 ms, limit < 500 ms")
    assert missed.outcome is Outcome.FAIL


def test_a_promise_about_each_request_has_no_verdict() -> None:
    with pytest.raises(UsageError, match="goodput"):
        judge(objective("<", 0.5, None, per_request=True), seconds(0.3, 0.2, 0.4), tolerance=0.0)


@pytest.mark.parametrize("tolerance", [-0.01, 1.0, 5.0, math.nan])
def test_a_tolerance_is_a_share(tolerance: float) -> None:
    with pytest.raises(UsageError, match="tolerance"):
        judge(objective("<", 0.5), seconds(0.3, 0.2, 0.4), tolerance=tolerance)


@pytest.mark.parametrize(
    ("confidence", "objectives", "level"), [(0.95, 1, 0.9), (0.95, 2, 0.95), (0.95, 5, 0.98), (0.99, 1, 0.98)]
)
def test_confidence_is_one_sided_and_divided(confidence: float, objectives: int, level: float) -> None:
    assert interval_confidence(confidence, objectives) == pytest.approx(level)


def test_no_failure_of_60_at_the_level_of_one_objective_is_the_rule_of_three() -> None:
    level = interval_confidence(0.95, 1)
    assert stats.proportion([False] * 60, confidence=level).high == pytest.approx(1 - 0.05 ** (1 / 60))


@pytest.mark.parametrize(("confidence", "objectives"), [(0.5, 1), (1.0, 1), (95.0, 1), (math.nan, 1), (0.95, 0)])
def test_a_confidence_that_cannot_be_is_refused(confidence: float, objectives: int) -> None:
    with pytest.raises(UsageError):
        interval_confidence(confidence, objectives)
