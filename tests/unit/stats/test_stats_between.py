from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_fmbench.stats.between import ends_between, size_between
from pytest_fmbench.stats.student import t_quantile

T1 = t_quantile(0.025, 1.0)


def test_two_rounds_that_differ_by_a_factor_reach_as_far_as_one_degree_of_freedom_says() -> None:
    low, high = ends_between(np.array([2.0, 4.0, 1.0]), 0.025)  # moves of the logarithm are ln 2 and -ln 2
    reach = T1 * math.sqrt(2.0) * math.log(2.0)
    assert pytest.approx(12.706, abs=1e-3) == T1
    assert (low, high) == pytest.approx((2.0 * math.exp(-reach), 2.0 * math.exp(reach)))


def test_what_grows_with_more_rounds_is_taken_to_be_too_low() -> None:
    low, high = ends_between(np.array([2.0, 1.0, 1.0]), 0.025)
    reach = T1 * math.sqrt(2.0) * math.log(2.0)
    assert (low, high) == pytest.approx((2.0 * math.exp(-reach), 2.0 * math.exp(reach + math.log(2.0))))
    shrinking = ends_between(np.array([1.0, 2.0, 2.0]), 0.025)
    assert shrinking == pytest.approx((math.exp(-reach - math.log(2.0)), math.exp(reach)))


@pytest.mark.parametrize("values", [[0.0, 1.0, -1.0], [0.5, 1.5, -0.5]])
def test_without_logarithms_it_is_the_same_on_the_plain_scale(values: list[float]) -> None:
    reach = T1 * math.sqrt(2.0)
    assert ends_between(np.array(values), 0.025) == pytest.approx((values[0] - reach, values[0] + reach))


@pytest.mark.parametrize("values", [[3.0, math.nan], [3.0], [math.inf, 1.0, 2.0], [1.0, math.nan, 2.0]])
def test_fewer_than_two_rounds_or_no_number_bound_nothing(values: list[float]) -> None:
    assert ends_between(np.array(values), 0.025) == (-math.inf, math.inf)


def test_rounds_that_agree_leave_no_width() -> None:
    assert ends_between(np.full(4, 7.5), 0.025) == (7.5, 7.5)
    assert ends_between(np.zeros(4), 0.025) == (0.0, 0.0)


def test_flags_are_worth_as_many_as_their_variance_between_rounds_says() -> None:
    shares = np.array([0.5, 0.4, 0.6])  # variance 0.02: that of 12.5 flags
    assert size_between(shares, 1_000, 0.025) == pytest.approx(12.5 / (T1 / 1.959964) ** 2)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_flags_that_are_all_equal_are_worth_all_that_there_are(share: float) -> None:
    assert size_between(np.full(4, share), 600, 0.025) == 600.0


def test_and_none_is_worth_more_than_one() -> None:
    assert size_between(np.full(4, 0.25), 600, 0.025) == 600.0
