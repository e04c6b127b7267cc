from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fmbench.stats.capacity import Aim, Answer, Budget, Probe, Scale, Search, isotonic

VALUES = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(1.0, 1e3)), max_size=30)


@given(VALUES, st.booleans())
def test_an_isotonic_curve_is_monotone_and_keeps_the_mean(points: list[tuple[float, float]], rising: bool) -> None:
    values, weights = [value for value, _ in points], [weight for _, weight in points]
    found = isotonic(values, weights, rising=rising)
    steps = np.diff(found) * (1.0 if rising else -1.0)
    assert (steps >= -1e-6).all()
    assert float((found * weights).sum()) == pytest.approx(float(np.dot(values, weights)), rel=1e-6, abs=1e-3)
    assert isotonic(found, weights, rising=rising) == pytest.approx(found)


def searched(unit: float, seed: int, budget: int, *, amount: bool) -> Search:
    """A server whose capacity is 7 in ``unit``."""
    aim = Aim("it", 2.0, Scale.AMOUNT) if amount else Aim("it", 0.05)
    search, random = Search([aim], Budget(budget), 3.0 * unit), np.random.default_rng(seed)
    for _ in range(200):
        probe = search.next()
        if probe is None:
            return search
        search = search.after(answer(probe, unit, random, aim))
    pytest.fail("it never ends")


def answer(probe: Probe, unit: float, random: np.random.Generator, aim: Aim) -> Answer:
    shape = probe.requests / 10.0
    mean = aim.limit * float(random.gamma(shape) / shape) * min(10.0, (probe.rate / unit / 7.0) ** 6)
    return Answer(probe.rate, probe.requests, (mean,), spent=probe.requests + probe.warm_up)


@settings(deadline=None, max_examples=25)
@given(st.floats(1e-3, 1e3), st.integers(0, 100), st.integers(100, 20_000), st.booleans())
def test_a_search_knows_no_unit_keeps_its_budget_and_has_its_rate_inside(
    unit: float, seed: int, budget: int, amount: bool
) -> None:
    search, plain = (searched(one, seed, budget, amount=amount) for one in (unit, 1.0))
    found = search.found()
    assert found.rate == pytest.approx(plain.found().rate * unit, rel=1e-6)
    assert 0.0 <= found.low <= found.rate <= found.high
    assert math.isinf(found.high) or found.high > 0.0
    assert sum(one.spent for one in search.answers) <= budget + 30
    assert found.width <= 0.1 or not found.precise
