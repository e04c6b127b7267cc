import numpy as np
import pytest

from pytest_fmbench.stats.batches import student_t
from pytest_fmbench.stats.dependence import _fast_length, dependence
from pytest_fmbench.stats.series import POINTS, indicator, series
from pytest_fmbench.stats.student import t_quantile
from tests.unit.stats.test_stats_coverage import autoregressive


@pytest.mark.parametrize("phi", [0.5, 0.9])
def test_the_effect_of_an_autoregression_is_known(phi: float) -> None:
    [run] = autoregressive(1, 50_000, phi, seed=1)
    found = dependence(run)
    assert found.effect == pytest.approx((1 + phi) / (1 - phi), rel=0.2)
    assert found.evident


def test_folding_a_long_run_keeps_its_effect() -> None:
    [run] = autoregressive(1, 3 * POINTS, 0.9, seed=2)
    assert dependence(run).effect == pytest.approx(19.0, rel=0.2)


def test_independent_samples_show_no_evident_dependence() -> None:
    runs = np.random.default_rng(3).normal(size=(200, 500))
    assert np.mean([dependence(run).evident for run in runs]) < 0.1


@pytest.mark.parametrize("n", [1, 2, 10, 1000])
def test_equal_samples_have_none(n: int) -> None:
    found = dependence(np.ones(n))
    assert (found.effect, found.stretches, found.evident) == (1.0, n, False)


@pytest.mark.parametrize(("degrees", "printed"), [(1, 12.706), (2, 4.303), (5, 2.571), (30, 2.042), (5000, 1.960)])
def test_t_quantile_is_that_of_printed_tables(degrees: float, printed: float) -> None:
    assert t_quantile(0.025, degrees) == pytest.approx(printed, abs=1e-3)


def test_t_quantile_agrees_with_the_closed_form_of_4_degrees() -> None:
    assert t_quantile(0.005, 4.0) == pytest.approx(student_t(0.005), rel=1e-6)


@pytest.mark.parametrize("n", [1, 7, POINTS, POINTS + 1, 3 * POINTS - 1])
def test_a_series_is_means_of_consecutive_samples(n: int) -> None:
    samples = np.arange(n, dtype=np.float64)
    found = series(samples)
    assert found.points.size <= POINTS
    assert found.points.size == n // found.size
    assert found.points[0] == samples[: found.size].mean()
    assert found.points[-1] == samples[(found.points.size - 1) * found.size :][: found.size].mean()


def test_an_indicator_is_folded_as_its_floats_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_fmbench.stats.series.POINTS", 100)
    monkeypatch.setattr("pytest_fmbench.stats.series.BLOCK", 64)
    flags = np.random.default_rng(9).random(1234) < 0.3
    ours, theirs = indicator(flags), series(flags.astype(np.float64))
    assert ours.points == pytest.approx(theirs.points)
    assert ours.variance == pytest.approx(theirs.variance)


@pytest.mark.parametrize("least", [1, 2, 5, 1000, 20_000, 131_072, 131_073])
def test_a_fast_length_is_little_more_than_needed(least: int) -> None:
    length = _fast_length(least)
    assert least <= length <= max(4, 1.25 * least)
    while length % 2 == 0:
        length //= 2
    assert length in {1, 3, 5, 7}
