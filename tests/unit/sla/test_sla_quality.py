"""Objectives on answers: names of two and three words, and limits in percentage points."""

from __future__ import annotations

import pytest

from pytest_fmbench.catalog import PROMISED
from pytest_fmbench.errors import ObjectiveSyntaxError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Outcome
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.quality.figures import FIGURES, is_about_quality
from pytest_fmbench.sla import judge, parse


@pytest.mark.parametrize(
    ("text", "metric", "operator", "limit"),
    [
        ("quality.f1 >= 0.42", "quality.f1", ">=", 0.42),
        ("quality.exact_match > 42%", "quality.exact_match", ">", 0.42),
        ("quality.exact_match.delta >= -1pp", "quality.exact_match.delta", ">=", -0.01),
        ("quality.score.delta > -0.5 pp", "quality.score.delta", ">", -0.005),
        ("quality.wrong.delta<=2pp", "quality.wrong.delta", "<=", 0.02),
        ("quality.length.delta >= -10pp", "quality.length.delta", ">=", -0.1),
        ("quality.score.delta >= 0", "quality.score.delta", ">=", 0.0),
        ("quality.differs <= 0%", "quality.differs", "<=", 0.0),
    ],
)
def test_an_objective_is_read(text: str, metric: str, operator: str, limit: float) -> None:
    objective = parse(text, PROMISED)
    assert (objective.metric, objective.operator) == (metric, operator)
    assert objective.limit == pytest.approx(limit)
    assert objective.statistic is None
    assert not objective.per_request
    assert is_about_quality(objective)


@pytest.mark.parametrize(
    ("text", "problem", "at"),
    [
        ("quality.f2 > 1%", "unknown metric 'quality.f2', did you mean 'quality.f1'", "f2 > 1%"),
        ("quality > 1%", "quality.f1", "> 1%"),
        ("quality.length > 1%", "one of quality.length.delta is meant", "> 1%"),
        ("quality.f1.mean > 1%", "unknown metric 'quality.f1.mean'", "mean > 1%"),
        ("quality.f1 >= -1%", "a limit is not negative: only differences are", "-1%"),
        ("quality.f1 >= 1pp", "pp is a unit of something else; what fits here is %", "pp"),
        ("quality.f1.delta >= -1%", "% is a unit of something else; what fits here is pp", "%"),
        ("quality.f1.delta >= -1", "1 of what? A unit is needed: pp", ""),
        ("quality.f1.delta >= -101pp", "shares differ by 100pp at most", "-101pp"),
        ("quality.f1.delta >= -100pp", "always keeps this", ">= -100pp"),
        ("ttft.mean < -1s", "a limit is not negative: only differences are", "-1s"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(text: str, problem: str, at: str) -> None:
    with pytest.raises(ObjectiveSyntaxError) as caught:
        parse(text, PROMISED)
    assert problem in caught.value.problem
    assert text[caught.value.position :].endswith(at)


def test_runs_and_answers_have_no_name_in_common() -> None:
    assert len(PROMISED) > len(FIGURES)
    assert all(PROMISED[name].name == name for name in PROMISED)


def test_differences_are_shown_in_points() -> None:
    assert show(-0.0125, Unit.DIFFERENCE) == "-1.25 pp"


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [(-0.009, 0.02, Outcome.PASS), (-0.05, -0.011, Outcome.FAIL), (-0.05, 0.02, Outcome.INCONCLUSIVE)],
)
def test_a_difference_is_judged_by_its_interval(low: float, high: float, outcome: Outcome) -> None:
    objective = parse("quality.f1.delta >= -1pp", PROMISED)
    estimate = Estimate((low + high) / 2, low, high, 72, unit=Unit.DIFFERENCE, confidence=0.9)
    assert judge(objective, estimate, tolerance=0.05).outcome is outcome
