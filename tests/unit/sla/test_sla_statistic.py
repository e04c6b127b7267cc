import pytest

from pytest_fmbench.sla import quantile_of
from pytest_fmbench.sla.statistic import canonical


@pytest.mark.parametrize(
    ("statistic", "q"),
    [("p50", 0.5), ("p95", 0.95), ("p99.9", 0.999), ("p99.99", 0.9999), ("p5", 0.05), ("p0.1", 0.001)],
)
def test_a_percentile_is_a_share(statistic: str, q: float) -> None:
    assert quantile_of(statistic) == q


@pytest.mark.parametrize("statistic", ["mean", "max", None, "p0", "p100", "p.5", "xp50", "p50x"])
def test_nothing_else_is(statistic: str | None) -> None:
    assert quantile_of(statistic) is None


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("p95", "p95"),
        ("p95.0", "p95"),
        ("p05", "p5"),
        ("p50", "p50"),
        ("p99.90", "p99.9"),
        ("mean", "mean"),
        ("max", "max"),
    ],
)
def test_each_statistic_has_one_spelling(written: str, name: str) -> None:
    assert canonical(written) == name
