from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.stats.kappa import kappa

FLEISS_1971 = """
    444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444 222333 144444 224445
    333335 111455 111112 224444 133555 555555 244444 224555 114444 144445 222224 111155 224444 133333 555555
""".split()  # noqa: SIM905  # thirty quoted texts would be no table
"""Fleiss, Psychological Bulletin 76 (1971), table 1: thirty patients, what each of six psychiatrists called them."""

FLEISS_BOOK = {
    (0, 1): 4, (0, 2): 1, (1, 1): 8, (2, 1): 1, (2, 2): 5,
}  # fmt: skip
"""What SAS prints of a table of two raters in its manual: kappa 0.4842, 95 % from 0.2137 to 0.7547."""


def pairs(table: dict[tuple[int, int], int]) -> list[tuple[int, int]]:
    return [pair for pair, count in table.items() for _ in range(count)]


def test_fleiss_is_that_of_his_own_example() -> None:
    found = kappa(FLEISS_1971)
    assert found == pytest.approx(0.4302445, abs=5e-8)
    assert found.n == 30
    assert found.low < 0.43 < found.high < 0.6


def test_cohen_is_that_of_a_published_table() -> None:
    found = kappa(pairs(FLEISS_BOOK))
    assert found == pytest.approx(0.4842, abs=5e-5)
    assert 0.0 < found.low < 0.2137, "nineteen items are too few for theirs, which is of many"
    assert 0.7547 < found.high < 0.9


def test_none_all_and_worse_than_chance() -> None:
    assert kappa(["ab", "ba"] * 10) == -1.0
    assert kappa(["aa", "bb"] * 10) == 1.0
    assert kappa(["aaa", "bbb"] * 10) == 1.0
    assert kappa(["aa", "ab", "ba", "bb"] * 10) == 0.0


def test_agreement_on_a_few_items_proves_little() -> None:
    few, many = (kappa(["aa", "bb"] * count) for count in (3, 100))
    assert few.high == many.high == 1.0
    assert few.low < 0.2
    assert many.low > 0.9


@pytest.mark.parametrize("ratings", [[], ["aa"], ["aaa"] * 9])
def test_where_all_say_the_same_there_is_nothing_beyond_chance(ratings: list[str]) -> None:
    found = kappa(ratings)
    assert math.isnan(found)
    assert (found.low, found.high) == (-math.inf, math.inf)


@pytest.mark.parametrize("ratings", [["a", "b"], ["aa", "aaa"], [""]])
def test_it_takes_two(ratings: list[str]) -> None:
    with pytest.raises(UsageError, match="agreement takes two or more"):
        kappa(ratings)


@pytest.mark.parametrize("raters", [2, 3])
def test_intervals_hold(raters: int) -> None:
    """Raters who see the truth four times of five and guess else agree by 0.64 beyond chance, in expectation."""
    random, outside = np.random.default_rng(7), 0
    for _ in range(200):
        truth = random.integers(0, 3, 60)[:, None]
        said = np.where(random.random((60, raters)) < 0.8, truth, random.integers(0, 3, (60, raters)))
        found = kappa(said.tolist())
        outside += not found.low <= 0.64 <= found.high
    assert outside <= 20, "5 % are allowed, and twice that is beyond chance"
