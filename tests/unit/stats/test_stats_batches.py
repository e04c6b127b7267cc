import numpy as np
import pytest

from pytest_fmbench.stats.batches import batch_variance, student_t


@pytest.mark.parametrize(
    ("tail", "printed"),
    [(0.25, 0.741), (0.1, 1.533), (0.05, 2.132), (0.025, 2.776), (0.005, 4.604), (0.0005, 8.610)],
)
def test_t_quantile_is_that_of_printed_tables(tail: float, printed: float) -> None:
    assert student_t(tail) == pytest.approx(printed, abs=5e-4)


@pytest.mark.parametrize("tail", [1e-12, 1e-6, 0.01, 0.3, 0.499])
def test_t_quantile_inverts_the_distribution_of_4_degrees(tail: float) -> None:
    t = student_t(tail)
    share = t / np.sqrt(4.0 + t * t)
    upper = (1.0 - share) ** 2 * (2.0 + share) / 4.0  # 1/2 - 3/4 (share - share^3 / 3)
    assert upper == pytest.approx(tail, rel=1e-3)


def test_t_quantile_at_one_half_is_zero() -> None:
    assert student_t(0.5) == 0.0


def test_batch_variance_of_known_batches() -> None:
    samples = np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], 3)
    assert batch_variance(samples) == pytest.approx(3 * 2.5)


def test_batches_of_unequal_sizes_are_weighted_by_them() -> None:
    samples = np.array([0.0, 0.0, 0.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0])  # 3 + 2 + 2 + 2 + 2
    mean = 48.0 / 11.0
    expected = (3 * mean**2 + 8 * (6.0 - mean) ** 2) / 4
    assert batch_variance(samples) == pytest.approx(expected)


def test_batch_variance_of_independent_samples_is_their_variance() -> None:
    rows = np.random.default_rng(20).normal(scale=3.0, size=(2000, 53))
    assert np.mean([batch_variance(row) for row in rows]) == pytest.approx(9.0, rel=0.05)
