"""The beta distribution, which holds the exact tails of the binomial one."""

from __future__ import annotations

import math

_PRECISION = 1e-13


def beta_cdf(x: float, a: float, b: float) -> float:
    """Probability that a beta variable with shapes ``a`` and ``b`` is at most ``x``.

    The regularised incomplete beta function; of ``n`` trials that succeed with probability ``x``, ``k`` or more
    succeed with probability ``beta_cdf(x, k, n - k + 1)``. Source: DLMF 8.17.22 for the continued fraction.
    """
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    if x > (a + 1.0) / (a + b + 2.0):  # where the fraction converges slowly, its mirror image does not
        return 1.0 - beta_cdf(1.0 - x, b, a)
    return _weight(x, a, b) / a * _fraction(x, a, b)


def beta_quantile(p: float, a: float, b: float) -> float:
    """The ``x`` with ``beta_cdf(x, a, b) == p``, by Newton's method, and by bisection where that leaves the bracket."""
    low, high, x = 0.0, 1.0, a / (a + b)
    for _ in range(200):
        excess = beta_cdf(x, a, b) - p
        low, high = (x, high) if excess < 0.0 else (low, x)
        slope = _weight(x, a, b) / (x * (1.0 - x)) if 0.0 < x < 1.0 else 0.0
        step = x - excess / slope if slope > abs(excess) else low  # a longer step leaves the bracket in any case
        before, x = x, step if low < step < high else (low + high) / 2.0
        if abs(x - before) <= _PRECISION * x:
            break
    return x


def _weight(x: float, a: float, b: float) -> float:
    """x^a (1 - x)^b / B(a, b), for x between 0 and 1."""
    return math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))


def _fraction(x: float, a: float, b: float) -> float:
    """1 / (1 + d_1 / (1 + d_2 / ...)), evaluated forwards by Lentz's method; takes some sqrt(max(a, b)) terms."""
    up, down = 1.0, 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    value = down
    for m in range(1, 1_000_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        before = value
        for term in (even, odd):
            up, down = 1.0 + term / up, 1.0 / (1.0 + term * down)
            value *= up * down
        if abs(value - before) <= 1e-15 * abs(value):
            break
    return value
