from math import comb

import pytest

from pytest_fmbench.stats.beta import beta_cdf, beta_quantile


@pytest.mark.parametrize("n", [1, 2, 9, 60])
@pytest.mark.parametrize("p", [0.001, 0.3, 0.5, 0.95])
def test_holds_the_binomial_tail(n: int, p: float) -> None:
    for k in range(1, n + 1):
        tail = sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))
        assert beta_cdf(p, k, n - k + 1) == pytest.approx(tail, rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("x", [0.01, 0.5, 0.99])
def test_closed_forms_of_shapes_that_count_nothing(x: float) -> None:
    assert beta_cdf(x, 0.5, 1.0) == pytest.approx(x**0.5)
    assert beta_cdf(x, 1.0, 2.5) == pytest.approx(1 - (1 - x) ** 2.5)


def test_ends() -> None:
    assert beta_cdf(0.0, 2.0, 3.0) == 0.0
    assert beta_cdf(1.0, 2.0, 3.0) == 1.0


@pytest.mark.parametrize(("a", "b"), [(1, 1), (0.3, 7.2), (50, 2), (500_000, 500_001)])
@pytest.mark.parametrize("p", [0.001, 0.025, 0.5, 0.99])
def test_quantile_inverts_it(a: float, b: float, p: float) -> None:
    assert beta_cdf(beta_quantile(p, a, b), a, b) == pytest.approx(p, rel=1e-6)


def test_large_shapes_agree_with_the_normal_limit() -> None:
    # 500,000 of 1,000,000 at 1/2: half of the distribution lies above, up to half of one outcome
    assert beta_cdf(0.5, 500_000, 500_001) == pytest.approx(0.5 + 0.5 * 7.9788e-4, abs=1e-7)
