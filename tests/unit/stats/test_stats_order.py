import math

import numpy as np
import pytest

from pytest_fmbench import stats
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats import order, series
from pytest_fmbench.stats.order import Order

RANDOM = np.random.default_rng(20)
N = 3_000
LEVELS = (0.5, 0.9, 0.95, 0.99)

RUNS = {
    "exponential": RANDOM.exponential(size=N),
    "both signs": RANDOM.normal(size=N),
    "ties": RANDOM.integers(0, 4, N).astype(np.float64),
    "mostly nothing": np.where(RANDOM.random(N) < 0.7, 0.0, RANDOM.exponential(size=N)),
    "zeros of both signs": np.where(RANDOM.random(N) < 0.5, -0.0, RANDOM.normal(size=N)),
    "equal": np.full(N, 0.1),
    "all floats": np.concatenate([RANDOM.exponential(size=N), [1e308, -1e308, 5e-324, -5e-324]]),
    "without end": np.concatenate([RANDOM.exponential(size=N), np.full(N, math.inf)]),
    "every other": RANDOM.exponential(size=2 * N)[::2],
}


@pytest.fixture
def in_bins(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of many samples: counted in parts and in few bins, which are counted again before they are sorted."""
    for name, value in (("_FEW", 10), ("BLOCK", 50), ("_STEP", 700), ("_BITS", 3)):
        monkeypatch.setattr(order, name, value)


@pytest.mark.usefixtures("in_bins")
@pytest.mark.parametrize("name", RUNS)
def test_a_rank_has_the_value_that_it_has_among_the_sorted(name: str) -> None:
    found, plain = Order(RUNS[name]), np.sort(RUNS[name])
    ranks = [0, plain.size - 1, *np.random.default_rng(1).integers(plain.size, size=200).tolist()]
    assert [found.at(rank) for rank in ranks] == plain[ranks].tolist()


def test_a_hundred_thousand_samples_are_not_sorted_and_are_exact() -> None:
    samples = np.random.default_rng(2).lognormal(0.0, 2.0, 100_000)
    found, plain = Order(samples), np.sort(samples)
    assert all(found.at(rank) == plain[rank] for rank in range(0, 100_000, 977))


@pytest.mark.parametrize("name", [name for name in RUNS if name != "without end"])
def test_bins_change_no_interval(name: str, request: pytest.FixtureRequest) -> None:
    plain = estimates(RUNS[name])
    request.getfixturevalue("in_bins")
    assert estimates(RUNS[name]) == plain


def estimates(samples: Floats) -> list[tuple[float, float, float]]:
    run = stats.prepare(samples)
    flags = samples <= np.median(samples)
    made = [*(stats.quantile(run, q) for q in LEVELS), stats.mean(run), stats.proportion(flags, along=run)]
    return [(float(one), one.low, one.high) for one in made]


@pytest.mark.parametrize("n", [1, 9, 100, 101, 6_400, 12_345])
def test_an_indicator_is_folded_as_the_mean_of_zeros_and_ones(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "POINTS", 100)
    monkeypatch.setattr(series, "BLOCK", 1_000)
    samples = np.random.default_rng(n).exponential(size=n)
    flags = samples <= 0.5
    size = -(-n // 100)
    means = (flags[: n // size * size].reshape(-1, size) / 1.0).mean(axis=1)
    for found in (series.at_most(samples, 0.5), series.indicator(flags)):
        assert found.points.tolist() == means.tolist()
        assert (found.size, found.n, found.variance) == (size, n, flags.mean() * (1.0 - flags.mean()))
