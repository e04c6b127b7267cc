"""Gaps between arrivals are drawn from what a load's name says: mean, coefficient of variation, distribution.

Seeds are fixed, so a test that passes once passes always; bounds are those of 1 in 100 at least.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import islice, takewhile

import numpy as np
import pytest

from pytest_fmbench.load.arrivals import OpenLoop, constant, gamma, mix, poisson, ramp, spike, steps, then, thin
from pytest_fmbench.model.samples import Floats
from tests.support import distances

FAR = 1.63
"""Kolmogorov and Smirnov at 1 %."""

RATE = 50.0


def times(load: OpenLoop, count: int, seed: int = 1, lead_s: float = 0.0) -> Floats:
    return np.array([*islice(load.offsets(seed, round(lead_s * 1e9)), count)]) / 1e9


def until(load: OpenLoop, end_s: float, seed: int = 1, lead_s: float = 0.0) -> Floats:
    offsets = load.offsets(seed, round(lead_s * 1e9))
    return np.array([*takewhile(lambda at: at < end_s * 1e9, offsets)]) / 1e9


def dependence(gaps: Floats) -> float:
    """The correlation of a gap with the next x sqrt n: a standard normal number where there is none."""
    ranks = np.argsort(np.argsort(gaps)).astype(np.float64)
    return float(np.corrcoef(ranks[:-1], ranks[1:])[0, 1] * math.sqrt(len(gaps)))


@pytest.mark.parametrize("cv", [0.1, 0.5, 1.0, math.sqrt(2), 3.0])
def test_gamma_gaps_have_their_mean_their_spread_and_their_distribution(cv: float) -> None:
    n = 40_000
    gaps = np.diff(times(gamma(RATE, cv), n + 1))
    assert gaps.mean() * RATE == pytest.approx(1.0, abs=3 * cv / math.sqrt(n))
    # the variance of a sample variance: (kurtosis - 1) / n, with kurtosis 3 + 6 cv^2 of a gamma distribution
    error = math.sqrt((2.0 + 6.0 * cv**2) / n) / 2.0
    assert gaps.std() / gaps.mean() == pytest.approx(cv, rel=3 * (error + cv / math.sqrt(n)))
    assert distances.farthest(gaps[gaps > 1e-8], _above(distances.gamma(cv**-2, cv**2 / RATE), 1e-8)) < FAR
    assert abs(dependence(gaps)) < 3


def _above(cdf: Callable[[Floats], Floats], least: float) -> Callable[[Floats], Floats]:
    """Of those that are more: a gap of a few ns is written in whole ones."""
    below = float(cdf(np.array([least]))[0])
    return lambda gaps: (cdf(gaps) - below) / (1.0 - below)


@pytest.mark.parametrize("cv", [0.5, 3.0])
def test_gamma_arrivals_begin_as_if_they_had_always_been_going_on(cv: float) -> None:
    firsts = [float(times(gamma(RATE, cv), 1, seed)[0]) for seed in range(10_000)]
    shape, scale = cv**-2, cv**2 / RATE
    gap, longer = distances.gamma(shape, scale), distances.gamma(shape + 1.0, scale)
    assert distances.farthest(firsts, lambda at: RATE * at * (1.0 - gap(at)) + longer(at)) < FAR
    in_a_second = [len(until(gamma(RATE, cv), 1.0, seed)) for seed in range(2_000)]
    assert np.mean(in_a_second) == pytest.approx(RATE, abs=3 * np.std(in_a_second) / math.sqrt(2_000))


def test_a_gamma_process_of_coefficient_one_is_a_poisson_process() -> None:
    assert distances.farthest(np.diff(times(gamma(RATE, 1.0), 30_000)), distances.exponential(RATE)) < FAR


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    ("load", "rate"),
    [
        (mix(poisson(20), poisson(30)), 50.0),
        (mix(poisson(1), poisson(2), poisson(3), poisson(44)), 50.0),
        (thin(poisson(200), 0.25), 50.0),
        (mix(thin(poisson(30), 2 / 3), thin(poisson(60), 0.5)), 50.0),
        (then((poisson(50), "200s"), poisson(50)), 50.0),
    ],
    ids=str,
)
def test_poisson_processes_put_together_or_thinned_are_one_again(load: OpenLoop, rate: float, seed: int) -> None:
    gaps = np.diff(times(load, 20_000, seed))
    assert distances.farthest(gaps, distances.exponential(rate)) < FAR
    assert abs(dependence(gaps)) < 3


def test_parts_of_a_mix_do_not_know_of_each_other() -> None:
    both = times(mix(poisson(50), poisson(50)), 10_000)
    assert len({*both}) == len(both), "the same load twice is drawn twice"


def test_what_is_thinned_keeps_some_of_what_there_was() -> None:
    whole, kept = until(poisson(100), 250.0), until(thin(poisson(100), 0.3), 250.0)
    assert {*kept} < {*whole}
    runs = np.diff(np.flatnonzero(np.isin(whole, kept)))  # how many tries until the next one is kept
    assert np.mean(runs == 1) == pytest.approx(0.3, abs=3 * math.sqrt(0.21 / len(runs)))
    assert np.mean(runs == 2) == pytest.approx(0.21, abs=3 * math.sqrt(0.166 / len(runs)))


SHORT = [((nth + end) / 1e3, (300.0, 700.0)[nth % 2]) for nth in range(18_000) for end in (0, 1)]
"""Corners of steps so short that most gaps reach over several."""

SHAPES: list[tuple[OpenLoop, list[tuple[float, float]]]] = [
    (ramp(100, 3_000, over="10s"), [(0, 100), (10, 3_000), (12, 3_000)]),
    (ramp(3_000, 1, over="10s"), [(0, 3_000), (10, 1), (30, 1)]),
    (steps([(2_000, "2s"), (50, "4s"), (4_000, "2s")]), [(0, 2e3), (2, 2e3), (2, 50), (6, 50), (6, 4e3), (9, 4e3)]),
    (steps([300, 700] * 9_000, each=0.001), SHORT),
    (
        spike(100, 5_000, at="3s", lasting="2s"),
        [(0, 100), (3, 100), (3, 5e3), (5, 5e3), (5, 100), (20, 100)],
    ),
    (
        then((poisson(900), "4s"), ramp(900, 3_000, over=4), thin(poisson(4_000), 0.5)),
        [(0, 900), (4, 900), (8, 3_000), (8, 2_000), (10, 2_000)],
    ),
    (mix(ramp(100, 2_000, over=6), poisson(500)), [(0, 600), (6, 2_500), (9, 2_500)]),
    (thin(ramp(400, 8_000, over=5), 0.25), [(0, 100), (5, 2_000), (9, 2_000)]),
]
"""Loads, and the corners of their rates: (second, requests a second), straight in between."""


@pytest.mark.parametrize("lead_s", [0.0, 1.5])
@pytest.mark.parametrize(("load", "corners"), SHAPES, ids=lambda one: str(one) if hasattr(one, "offsets") else "")
def test_time_that_runs_as_fast_as_the_rate_sees_a_poisson_process_of_rate_one(
    load: OpenLoop, corners: list[tuple[float, float]], lead_s: float
) -> None:
    path = [(0.0, corners[0][1]), *((at + lead_s, rate) for at, rate in corners)]
    found = until(load, path[-1][0], seed=4, lead_s=lead_s)
    expected = _integral(path)
    rescaled = expected(found)
    total = float(expected(np.array([path[-1][0]]))[0])
    assert len(found) > 8_000
    assert len(found) == pytest.approx(total, abs=3 * math.sqrt(total))
    assert distances.farthest(np.diff(rescaled), distances.exponential(1.0)) < FAR
    assert distances.farthest(rescaled / total, lambda at: at) < FAR
    assert abs(dependence(np.diff(rescaled))) < 3


def _integral(path: list[tuple[float, float]]) -> Callable[[Floats], Floats]:
    """Of straight lines, from 0 on."""
    at, rate = (np.array(column, dtype=np.float64) for column in zip(*path, strict=True))
    area = np.concatenate([[0.0], np.cumsum(np.diff(at) * (rate[1:] + rate[:-1]) / 2.0)])

    def upto(times: Floats) -> Floats:
        begin = np.clip(np.searchsorted(at, times, side="right") - 1, 0, len(at) - 2)
        width = np.maximum(at[begin + 1] - at[begin], 1e-300)
        since = times - at[begin]
        slope = (rate[begin + 1] - rate[begin]) / width
        return np.asarray(area[begin] + since * rate[begin] + slope * since**2 / 2.0)

    return upto


def test_a_shape_holds_its_first_rate_before_and_its_last_one_after() -> None:
    load = steps([(100, "2s"), (900, "3s")])
    found = until(load, 30.0, lead_s=10.0)
    counts = np.histogram(found, [0, 10, 12, 15, 30])[0]
    wanted = np.array([1_000, 200, 2_700, 13_500])
    assert np.all(np.abs(counts - wanted) < 4 * np.sqrt(wanted))


def test_a_constant_load_in_a_row_begins_anew_where_its_part_begins() -> None:
    load = then((constant(2), "2s"), (constant(4), "1s"), constant(1))
    assert times(load, 10).tolist() == [0, 0.5, 1, 1.5, 2, 2.25, 2.5, 2.75, 3, 4]
    assert times(load, 4, lead_s=0.75).tolist() == [0, 0.5, 1, 1.5]
    assert times(load, 8, lead_s=0.75)[6:].tolist() == [2.75, 3.0]
