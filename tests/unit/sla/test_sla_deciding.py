import math

import numpy as np
import pytest

from pytest_fmbench import stats
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Objective, Outcome
from pytest_fmbench.model.units import Unit
from pytest_fmbench.sla.deciding import Gate, open_gate
from pytest_fmbench.stats.looks import Look, look_risk, planned_looks

EARLY, LATER, LAST = Look(1_000, 0.1), Look(2_000, 0.2), Look(10_000, 1.0)
P95 = Objective("p95 < 0.5", "time", "p95", "<", 0.5)
RATE = Objective("rate > 40", "rate", None, ">", 40.0)
LARGEST = Objective("max < 2", "time", "max", "<", 2.0)
ERRORS = Objective("errors <= 0", "errors", None, "<=", 0.0)
KEPT, MISSED, OPEN = (0.3, 0.4), (0.6, 0.7), (0.4, 0.6)
UNITS = {"time": Unit.SECOND, "rate": Unit.TOKEN_RATE, "errors": Unit.SHARE}


def gate_of(*objectives: Objective, **how: float) -> Gate:
    ends = how.pop("first_fail_ends", True)
    return open_gate(objectives, UNITS.__getitem__, first_fail_ends=bool(ends), **how)  # type: ignore[arg-type]  # floats


def after(gate: Gate, look: Look, *ends: tuple[float, float]) -> Gate:
    level = gate.level(look)
    means = [(low + min(high, 2.0 * low + 1.0)) / 2.0 for low, high in ends]
    found = zip(means, ends, gate.items, strict=True)
    units = [
        Estimate(value, *two, look.requests, unit=UNITS[i.objective.metric], confidence=level)
        for value, two, i in found
    ]
    return gate.after(look, units)


def test_an_objective_that_is_safe_passes_early() -> None:
    gate = after(gate_of(P95), EARLY, KEPT)
    assert (gate.go_on, gate.outcome) == (False, Outcome.PASS)
    [item] = gate.items
    assert item.verdict is not None
    assert item.verdict.reason == "350 ms [300 ms, 400 ms], n=1000: all of it keeps < 500 ms, with 10% of the budget"


def test_an_objective_that_is_hopeless_fails_early() -> None:
    gate = after(gate_of(P95), EARLY, MISSED)
    assert (gate.go_on, gate.outcome) == (False, Outcome.FAIL)


def test_what_straddles_goes_on_and_is_inconclusive_at_last() -> None:
    gate = after(gate_of(P95), EARLY, OPEN)
    assert (gate.go_on, gate.outcome) == (True, Outcome.INCONCLUSIVE)
    gate = after(gate, LAST, OPEN)
    assert (gate.go_on, gate.outcome) == (False, Outcome.INCONCLUSIVE)


def test_inside_the_tolerance_the_value_decides_and_says_so() -> None:
    gate = after(gate_of(P95), EARLY, (0.476, 0.51))
    assert (gate.go_on, gate.outcome) == (False, Outcome.PASS)
    assert "at the limit" in (gate.items[0].verdict or pytest.fail("no verdict")).reason
    assert after(gate_of(P95), EARLY, (0.474, 0.51)).go_on


def test_an_interval_without_end_can_fail_and_never_pass() -> None:
    assert after(gate_of(P95), EARLY, (0.6, math.inf)).outcome is Outcome.FAIL
    assert after(gate_of(P95), EARLY, (0.1, math.inf)).go_on
    assert after(gate_of(P95), LAST, (0.1, math.inf)).outcome is Outcome.INCONCLUSIVE


def test_a_run_goes_on_until_every_objective_is_decided() -> None:
    gate = after(gate_of(P95, RATE), EARLY, KEPT, (30.0, 50.0))
    assert (gate.go_on, gate.outcome) == (True, Outcome.INCONCLUSIVE)
    gate = after(gate, LATER, OPEN, (45.0, 50.0))
    assert (gate.go_on, gate.outcome) == (False, Outcome.PASS)


def test_a_verdict_once_given_stands() -> None:
    gate = after(gate_of(P95, RATE), EARLY, KEPT, (30.0, 50.0))
    later = after(gate, LATER, MISSED, (30.0, 50.0))
    assert later.items[0] == gate.items[0]


def test_the_first_fail_ends_the_run_unless_all_numbers_are_wanted() -> None:
    gate = after(gate_of(P95, RATE), EARLY, MISSED, (30.0, 50.0))
    assert (gate.go_on, gate.outcome) == (False, Outcome.FAIL)
    gate = after(gate_of(P95, RATE, first_fail_ends=False), EARLY, MISSED, (30.0, 50.0))
    assert gate.go_on
    gate = after(gate, LATER, MISSED, (45.0, 50.0))
    assert (gate.go_on, gate.outcome) == (False, Outcome.FAIL)


def test_the_risk_is_divided_over_objectives_that_an_interval_decides_and_over_runs_and_looks() -> None:
    assert gate_of(P95).level(LAST) == pytest.approx(0.9)
    assert gate_of(P95, RATE, LARGEST, ERRORS).level(LAST) == pytest.approx(0.95)
    assert gate_of(P95, judged_runs=2).level(LAST) == pytest.approx(0.95)
    gate = after(gate_of(P95), EARLY, OPEN)
    assert gate_of(P95).level(EARLY) == pytest.approx(1 - 2 * 0.05 * 0.1**1.5)
    assert gate.level(LAST) == pytest.approx(1 - 2 * look_risk([EARLY, LAST], 0.05))


def test_what_is_counted_holds_no_run_up_but_fails_it_at_once() -> None:
    both = gate_of(P95, ERRORS)
    assert not after(both, EARLY, KEPT, (0.0, 0.0)).go_on
    assert after(both, EARLY, OPEN, (0.0, 0.0)).go_on
    gate = after(both, EARLY, OPEN, (0.01, 0.02))
    assert (gate.go_on, gate.outcome) == (False, Outcome.FAIL)


def test_what_is_counted_alone_is_counted_to_the_end() -> None:
    gate = after(gate_of(LARGEST), EARLY, (0.1, math.inf))
    assert gate.go_on
    assert after(gate, LAST, (0.1, math.inf)).outcome is Outcome.PASS
    assert after(gate, LATER, (3.0, math.inf)).outcome is Outcome.FAIL


def test_a_floor_of_the_largest_may_still_come_true() -> None:
    floor = gate_of(Objective("max > 2", "time", "max", ">", 2.0))
    assert after(floor, EARLY, (1.0, math.inf)).go_on
    assert not after(floor, EARLY, (3.0, math.inf)).go_on


def test_after_the_end_what_is_counted_is_counted_among_all_requests() -> None:
    gate = after(gate_of(P95, ERRORS), EARLY, KEPT, (0.0, 0.0))
    late = [Estimate(0.9, 0.8, 1.0, 1_010), Estimate(1 / 1_010, 0.0, 0.01, 1_010)]
    ended = gate.ended(late, 1_010)
    assert ended.outcome is Outcome.FAIL
    assert ended.items[0] == gate.items[0]


def test_without_objectives_the_whole_budget_is_run() -> None:
    gate = gate_of(Objective("time < 1", "time", None, "<", 1.0, per_request=True))
    assert gate.items == ()
    assert gate.after(EARLY, []).go_on
    assert not gate.after(LAST, []).go_on


def test_nothing_measured_is_not_decided() -> None:
    gate = gate_of(P95)
    nothing = stats.quantile([], 0.95, confidence=gate.level(EARLY), unit=Unit.SECOND)
    assert gate.after(EARLY, [nothing]).go_on


def test_mistakes_are_refused() -> None:
    gate = gate_of(P95)
    with pytest.raises(UsageError, match="as many estimates"):
        gate.after(EARLY, [])
    with pytest.raises(UsageError, match="at the level"):
        gate.after(EARLY, [Estimate(0.3, 0.2, 0.4, 1_000, confidence=0.9)])
    with pytest.raises(UsageError, match="is over"):
        after(after(gate, EARLY, KEPT), LATER, KEPT)
    with pytest.raises(UsageError, match="does not shrink"):
        after(after(gate, LATER, OPEN), EARLY, OPEN)


@pytest.mark.parametrize("confidence", [0.5, 1.0, math.nan])
def test_a_confidence_that_cannot_be_is_refused(confidence: float) -> None:
    with pytest.raises(UsageError, match="confidence"):
        gate_of(P95, confidence=confidence)


@pytest.mark.parametrize(("inside", "right"), [(0.3, Outcome.PASS), (-0.3, Outcome.FAIL)])
def test_gates_are_right_and_soon(inside: float, right: Outcome) -> None:
    truth, ends = -math.log(0.05), []
    promise = Objective("p95", "time", "p95", "<", truth / (1 - inside))
    for run in np.random.default_rng(5).exponential(size=(50, 4_000)):
        gate, looks = gate_of(promise), iter(planned_looks(4_000))
        while gate.go_on:
            look = next(looks)
            gate = gate.after(look, [stats.quantile(run[: look.requests], 0.95, confidence=gate.level(look))])
        ends.append(gate)
    assert [gate.outcome for gate in ends].count(right) >= 49
    assert np.median([gate.looks[-1].requests for gate in ends]) <= 0.4 * 4_000
