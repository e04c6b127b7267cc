import math
from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_fmbench.errors import ObjectiveSyntaxError
from pytest_fmbench.metrics.base import Kind
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import OPERATORS, Objective, Outcome
from pytest_fmbench.model.units import SPELLINGS, Unit, spellings_of
from pytest_fmbench.sla import describe, judge, parse


@dataclass(frozen=True)
class Declared:
    name: str
    unit: Unit
    kind: Kind


METRICS = {f"{kind.value}_{unit.name.lower()}": (unit, kind) for unit in Unit for kind in Kind}
VOCABULARY = {name: Declared(name, *described) for name, described in METRICS.items()}

UNHURRIED = settings(deadline=None)
"""How fast the machine is proves nothing."""

SPACE = st.text(" \t\n", max_size=2)
PERCENTILE = st.decimals(min_value="0.1", max_value="99.9", places=1).map(lambda percent: f"p{percent}")
LIMIT = st.decimals(min_value="0.001", max_value="99", places=3)
FINITE = st.floats(min_value=0.0, max_value=1e6)


@st.composite
def estimates(draw: st.DrawFn) -> Estimate:
    low, value, high = sorted(draw(st.tuples(FINITE, FINITE, FINITE)))
    low, high = draw(st.sampled_from([low, -math.inf])), draw(st.sampled_from([high, math.inf]))
    return Estimate(value, low, high, draw(st.integers(1, 10**6)), unit=Unit.SECOND, confidence=draw(LEVELS))


LEVELS = st.floats(min_value=0.5, max_value=0.999)
OBJECTIVES = st.builds(
    lambda statistic, operator, limit: Objective(f"it {operator} {limit}", "it", statistic, operator, limit),
    st.sampled_from(["mean", "p1", "p50", "p95", "p99.9"]),
    st.sampled_from(sorted(OPERATORS)),
    FINITE,
)
TOLERANCE = st.floats(min_value=0.0, max_value=0.5)


@st.composite
def undecided(draw: st.DrawFn) -> tuple[Objective, Estimate, float]:
    """An interval with the limit inside, wider than the tolerance on at least one side."""
    limit, tolerance = draw(st.floats(min_value=0.01, max_value=1e6)), draw(TOLERANCE)
    beyond = limit * tolerance + draw(st.floats(min_value=0.001, max_value=10.0)) * limit
    below, above = draw(st.sampled_from([(beyond, 0.5 * beyond), (0.5 * beyond, beyond), (math.inf, beyond)]))
    value = limit + draw(st.floats(min_value=-0.5, max_value=0.5)) * beyond
    operator, statistic = draw(st.sampled_from(sorted(OPERATORS))), draw(st.sampled_from(["mean", "p5", "p99"]))
    estimate = Estimate(value, limit - below, limit + above, draw(st.integers(1, 10**6)), unit=Unit.SECOND)
    return Objective("it", "it", statistic, operator, limit), estimate, tolerance


@UNHURRIED
@given(st.data())
def test_what_is_written_is_what_is_read(data: st.DataObject) -> None:
    metric = data.draw(st.sampled_from(sorted(VOCABULARY.values(), key=lambda one: one.name)))
    statistic = (
        data.draw(st.one_of(st.just("mean"), st.just("max"), PERCENTILE)) if metric.kind.takes_statistic else None
    )
    operator, number = data.draw(st.sampled_from(sorted(OPERATORS))), data.draw(LIMIT)
    unit = data.draw(st.sampled_from(spellings_of(metric.unit)))
    tokens = [metric.name, *([".", statistic] if statistic else []), operator, str(number), unit]
    text = "".join(part for token in tokens for part in (data.draw(SPACE), token))
    objective = parse(text, VOCABULARY)
    assert (objective.text, objective.metric, objective.operator) == (text, metric.name, operator)
    assert objective.limit == pytest.approx(float(number) * SPELLINGS[unit].factor, rel=1e-12)
    assert (objective.statistic or "").startswith((statistic or "")[:1])
    assert not objective.per_request


@UNHURRIED
@given(st.decimals(min_value=0, max_value=99, places=2))
def test_a_percentage_is_the_float_nearest_to_its_share(percent: object) -> None:
    text = f"share_share > {percent}%"
    assert parse(text, VOCABULARY).limit == float(f"{percent}e-2")


def limit_or_place(text: str) -> float:
    """The limit that is read, or the place of the mistake."""
    try:
        return parse(text, VOCABULARY).limit
    except ObjectiveSyntaxError as mistake:
        return mistake.position


@UNHURRIED
@given(st.text(), st.sampled_from(["", "request_second", "request_second.p95 < ", "request_second.p95 < 5"]))
@example("1e-99999999999999999999s", "request_second.p95 < ")
@example("1e99999999999999999999s", "request_second.p95 < ")
@example(".p\u0669\u0665 < \u0661s", "request_second")
def test_any_text_is_an_objective_or_a_pointed_mistake(text: str, beginning: str) -> None:
    assert 0.0 <= limit_or_place(beginning + text) < math.inf


@UNHURRIED
@given(OBJECTIVES, estimates(), TOLERANCE)
def test_a_verdict_never_contradicts_the_interval(promise: Objective, estimate: Estimate, tolerance: float) -> None:
    outcome = judge(promise, estimate, tolerance=tolerance).outcome
    both = {promise.holds(estimate.low), promise.holds(estimate.high)}
    near = promise.limit * (1 - tolerance) <= estimate.low and estimate.high <= promise.limit * (1 + tolerance)
    if both == {True}:
        assert outcome is Outcome.PASS
    elif both == {False}:
        assert outcome is Outcome.FAIL
    elif near:
        assert outcome is (Outcome.PASS if promise.holds(estimate) else Outcome.FAIL)
    else:
        assert outcome is Outcome.INCONCLUSIVE


@UNHURRIED
@given(OBJECTIVES, estimates(), TOLERANCE)
def test_a_promise_and_its_opposite_are_never_both_kept(
    promise: Objective, estimate: Estimate, tolerance: float
) -> None:
    operator = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}[promise.operator]
    opposite = Objective("opposite", "it", promise.statistic, operator, promise.limit)
    mirrored = {Outcome.PASS: Outcome.FAIL, Outcome.FAIL: Outcome.PASS, Outcome.INCONCLUSIVE: Outcome.INCONCLUSIVE}
    outcome = judge(promise, estimate, tolerance=tolerance).outcome
    assert judge(opposite, estimate, tolerance=tolerance).outcome is mirrored[outcome]


@UNHURRIED
@given(undecided(), st.integers(1, 10**6))
def test_undecided_says_what_it_takes(case: tuple[Objective, Estimate, float], requests: int) -> None:
    promise, estimate, tolerance = case
    verdict = judge(promise, estimate, tolerance=tolerance, requests=requests)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.reason.endswith(("would decide", "or less load"))
    assert "nan" not in verdict.reason
    assert describe([verdict]).isascii()


@UNHURRIED
@given(undecided())
def test_as_many_more_requests_do_decide(case: tuple[Objective, Estimate, float]) -> None:
    promise, estimate, tolerance = case
    reason = judge(promise, estimate, tolerance=tolerance).reason
    if "about" not in reason:
        assert abs(estimate - promise.limit) <= 1e-3 * (estimate.high - estimate.low)
        return
    more = int(reason.partition("about ")[2].split()[0].replace(",", ""))
    shrink = (1 - 1e-9) * math.sqrt(estimate.n / (estimate.n + more))
    ends = (estimate - (estimate - estimate.low) * shrink, estimate + (estimate.high - estimate) * shrink)
    later = Estimate(estimate, *ends, estimate.n + more, unit=Unit.SECOND)
    bounded = math.isfinite(estimate.low)
    assert not bounded or judge(promise, later, tolerance=tolerance + 1e-6).outcome is not Outcome.INCONCLUSIVE
