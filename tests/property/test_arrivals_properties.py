from __future__ import annotations

import math
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.errors import UsageError
from pytest_fmbench.load.arrivals import constant, poisson

RATES = st.floats(1e-3, 1e5)


@given(RATES)
def test_constant_arrivals_never_drift(rate: float) -> None:
    for k, offset in enumerate(islice(constant(rate).offsets(0), 200)):
        assert abs(offset - k * 1e9 / rate) <= 0.5 + 1e-6 * k


@given(RATES, st.integers(0, 2**32))
def test_poisson_arrivals_are_in_order_and_seeded(rate: float, seed: int) -> None:
    first = list(islice(poisson(rate).offsets(seed), 50))
    assert first == sorted(first)
    assert first == list(islice(poisson(rate).offsets(seed), 50))
    assert first != list(islice(poisson(rate).offsets(seed + 1), 50))


def test_poisson_gaps_have_the_mean_and_the_spread_of_exponential_ones() -> None:
    n, rate = 100_000, 50.0
    gaps = [(after - before) / 1e9 for before, after in pairwise(islice(poisson(rate).offsets(7), n + 1))]
    mean = math.fsum(gaps) / n
    cv = math.sqrt(math.fsum((gap - mean) ** 2 for gap in gaps) / n) / mean
    assert mean * rate == pytest.approx(1, abs=4 / math.sqrt(n))
    assert cv == pytest.approx(1, abs=4 / math.sqrt(n))


def test_poisson_gaps_have_an_exponential_distribution() -> None:
    n = 20_000
    gaps = sorted((after - before) / 1e9 for before, after in pairwise(islice(poisson(1.0).offsets(3), n + 1)))
    distance = max(abs((k + 0.5) / n - (1 - math.exp(-gap))) for k, gap in enumerate(gaps))
    assert distance < 1.63 / math.sqrt(n)  # Kolmogorov-Smirnov at 1 %


@pytest.mark.parametrize("load", [constant, poisson])
@pytest.mark.parametrize("rate", [0, -1, math.inf, math.nan, True, "2"])
def test_a_rate_that_is_none_is_refused(load: object, rate: object) -> None:
    assert callable(load)
    with pytest.raises(UsageError, match="give a positive number of requests a second"):
        load(rate)
