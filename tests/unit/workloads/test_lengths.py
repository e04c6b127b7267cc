from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from random import Random

import numpy as np
import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.workloads import lengths

DRAWS = 20_000


def drawn(of: lengths.Lengths, seed: int = 1) -> list[int]:
    random = Random(seed)  # noqa: S311  # a distribution, no secret
    return [of.draw(random) for _ in range(DRAWS)]


def test_uniform_lengths_are_as_likely_each() -> None:
    counts = Counter(drawn(lengths.uniform(3, 7)))
    assert sorted(counts) == [3, 4, 5, 6, 7]
    assert max(abs(count - DRAWS / 5) for count in counts.values()) < 4.0 * math.sqrt(DRAWS * 0.2 * 0.8)


@pytest.mark.parametrize(("mean", "cv"), [(512.0, 0.6), (100.0, 2.0), (2_000.0, 0.1)])
def test_lognormal_lengths_have_the_mean_and_the_spread_that_were_asked_for(mean: float, cv: float) -> None:
    found = np.array(drawn(lengths.lognormal(mean, cv=cv)), dtype=float)
    assert found.mean() == pytest.approx(mean, rel=5.0 * cv / math.sqrt(DRAWS))
    assert np.log(found).std() == pytest.approx(math.sqrt(math.log1p(cv**2)), rel=0.03)


def test_a_cap_cuts_and_nothing_is_shorter_than_a_token() -> None:
    found = drawn(lengths.lognormal(2, cv=2.0, cap=5))
    assert (min(found), max(found)) == (1, 5)
    assert (lengths.lognormal(2, cv=2.0, cap=5).most, lengths.lognormal(2, cv=2.0).most) == (5, math.inf)


def test_choices_come_by_weight() -> None:
    counts = Counter(drawn(lengths.choices({128: 0.9, 4096: 0.1})))
    assert set(counts) == {128, 4096}
    assert counts[4096] == pytest.approx(DRAWS / 10, abs=4.0 * math.sqrt(DRAWS * 0.1 * 0.9))
    assert lengths.choices({128: 0.9, 4096: 0.1}).most == 4096


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: lengths.uniform(9, 3), r"lengths.uniform\(9, 3\): give two whole numbers"),
        (lambda: lengths.uniform(0, 3), r"lengths.uniform\(0, 3\)"),
        (lambda: lengths.uniform(1, 2.5), r"lengths.uniform\(1, 2.5\)"),  # type: ignore[arg-type]  # a user's mistake
        (lambda: lengths.lognormal(0.5, cv=1), r"lengths.lognormal\(0.5, cv=1\): give a mean from 1"),
        (lambda: lengths.lognormal(math.inf, cv=1), r"lengths.lognormal\(inf, cv=1\)"),
        (lambda: lengths.lognormal(10, cv=0), r"lengths.lognormal\(10, cv=0\)"),
        (lambda: lengths.lognormal(10, cv=1, cap=0), r"lengths.lognormal\(cap=0\)"),
        (lambda: lengths.choices({}), r"lengths.choices\({}\): give lengths and their weights"),
        (lambda: lengths.choices({0: 1}), r"lengths.choices\({0: 1}\): a length is a whole number"),
        (lambda: lengths.choices({5: 0}), r"lengths.choices\({5: 0}\)"),
        (lambda: lengths.choices({5: math.nan}), r"lengths.choices\({5: nan}\)"),
    ],
)
def test_what_is_no_distribution_is_refused(make: Callable[[], object], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        make()
