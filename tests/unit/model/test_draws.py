from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from statistics import fmean, median, pstdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.draws import read
from pytest_fmbench.testing import Distribution, constant, exponential, lognormal, normal, uniform

ALL = [constant(0.1), uniform(0.1, 0.3), normal(0.1, 0.2), lognormal(0.1, 1.0), exponential(0.1)]


@given(st.sampled_from(ALL), st.text(max_size=9), st.integers(0, 50))
def test_the_seed_says_it_all(distribution: Distribution, seed: str, count: int) -> None:
    drawn = distribution.draws(seed, count)
    assert distribution.draws(seed, count) == drawn
    assert pickle.loads(pickle.dumps(distribution)).draws(seed, count) == drawn  # noqa: S301
    assert len(drawn) == count
    assert all(number >= 0 for number in drawn)
    assert distribution.draws(seed, count + 5)[:count] == drawn


@pytest.mark.parametrize(
    ("distribution", "summary", "expected"),
    [
        (constant(0.1), fmean, 0.1),
        (uniform(1, 3), fmean, 2.0),
        (normal(1, 0.1), fmean, 1.0),
        (normal(1, 0.1), pstdev, 0.1),
        (lognormal(2, 0.5), median, 2.0),
        (exponential(0.5), fmean, 0.5),
    ],
)
def test_it_is_what_its_name_says(distribution: Distribution, summary: Callable[[Any], float], expected: float) -> None:
    assert summary(distribution.draws("0", 20_000)) == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize(
    "make",
    [
        lambda: constant(-1),
        lambda: constant(math.nan),
        lambda: constant(True),
        lambda: uniform(2, 1),
        lambda: normal(-1, 0),
        lambda: normal(1, math.inf),
        lambda: lognormal(0, 1),
        lambda: exponential(0),
    ],
)
def test_what_cannot_be_drawn_from_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(UsageError):
        make()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1", constant(0.1)),
        ("constant:2", constant(2)),
        ("normal:0.1,0.01", normal(0.1, 0.01)),
        ("exponential:3", exponential(3)),
    ],
)
def test_it_can_be_written(text: str, expected: Distribution) -> None:
    assert read(text) == expected


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="unknown distribution 'nomal', did you mean 'normal'") as caught:
        read("nomal:1,2")
    assert "Known: constant, exponential, lognormal, normal, uniform" in str(caught.value)


@pytest.mark.parametrize("text", ["", "x", "normal:1", "normal:1,2,3", "uniform:a,b"])
def test_what_is_no_distribution_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read(text)
