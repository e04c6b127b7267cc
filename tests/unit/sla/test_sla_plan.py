import pytest

from pytest_fmbench import stats
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.sla import least_samples, undecidable


def objective(operator: str, statistic: str | None) -> Objective:
    return Objective(f"ttft.{statistic} {operator} 2s", "ttft", statistic, operator, 2.0)


@pytest.mark.parametrize(("statistic", "least"), [("p50", 10), ("p90", 29), ("p95", 59), ("p99", 299), ("p99.9", 2995)])
def test_too_few_for_a_ceiling(statistic: str, least: int) -> None:
    said = undecidable(objective("<", statistic), least - 1, 0.9)
    assert said is not None
    assert f"'ttft.{statistic} < 2s' cannot pass with {least - 1:,} samples" in said
    assert f"takes {least:,} or more" in said
    assert undecidable(objective("<=", statistic), least, 0.9) is None


def test_a_higher_level_takes_more() -> None:
    assert undecidable(objective("<", "p95"), 59, 0.95) is not None
    assert undecidable(objective("<", "p95"), 72, 0.95) is None


def test_a_floor_needs_the_lower_end() -> None:
    assert undecidable(objective(">", "p95"), 10, 0.9) is None
    assert undecidable(objective(">=", "p5"), 58, 0.9) is not None
    assert undecidable(objective(">=", "p5"), 59, 0.9) is None


@pytest.mark.parametrize("statistic", ["mean", "max", None])
def test_only_percentiles_are_ruled_out(statistic: str | None) -> None:
    assert undecidable(objective("<", statistic), 1, 0.95) is None


def test_agrees_with_the_interval_that_judges() -> None:
    for n in (58, 59):
        bounded = stats.quantile([1.0] * n, 0.95, confidence=0.9).high == 1.0
        assert bounded == (undecidable(objective("<", "p95"), n, 0.9) is None)


@pytest.mark.parametrize(("operator", "statistic", "least"), [("<", "p95", 59), (">", "p5", 59), ("<", "mean", None)])
def test_the_least_is_a_number_of_its_own(operator: str, statistic: str, least: int | None) -> None:
    assert least_samples(objective(operator, statistic), 0.9) == least
