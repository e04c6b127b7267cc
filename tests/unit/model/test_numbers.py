from __future__ import annotations

import math

import pytest

from pytest_fmbench.model.numbers import is_count, is_number


@pytest.mark.parametrize("value", [1, 0, -2.5, math.inf, math.nan])
def test_numbers_are_ints_and_floats(value: object) -> None:
    assert is_number(value)


@pytest.mark.parametrize("value", [True, False, "1", None, 1j, [1]])
def test_nothing_else_is_a_number_or_a_count(value: object) -> None:
    assert not is_number(value)
    assert not is_count(value)


@pytest.mark.parametrize(("value", "counts"), [(1, True), (10**9, True), (0, False), (-1, False), (1.0, False)])
def test_a_count_is_a_whole_number_from_1(value: object, counts: bool) -> None:
    assert is_count(value) == counts
