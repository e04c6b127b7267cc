import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_fmbench.model.samples import Floats, Rate, Share
from pytest_fmbench.stats.pooled import Block, is_empty, pooled

UNHURRIED = settings(deadline=None)
BLOCKS = st.lists(
    st.lists(st.integers(0, 20).map(float), min_size=1, max_size=12).map(np.array), min_size=2, max_size=6
)


def each_left_out(blocks: list[Floats]) -> list[Floats]:
    """All samples, and all without each block."""
    return [np.concatenate(blocks), *(np.concatenate(blocks[:k] + blocks[k + 1 :]) for k in range(len(blocks)))]


@UNHURRIED
@given(BLOCKS, st.floats(0.001, 0.999))
@example([np.zeros(1), np.ones(12)], 0.5)
@example([np.zeros(3), np.zeros(3)], 0.99)
def test_a_quantile_is_that_of_all_and_of_all_without_each(blocks: list[Floats], q: float) -> None:
    expected = [np.quantile(one, q) for one in each_left_out(blocks)]
    assert pooled(blocks, q) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@UNHURRIED
@given(BLOCKS)
def test_a_mean_is_that_of_all_and_of_all_without_each(blocks: list[Floats]) -> None:
    assert pooled(blocks, None) == pytest.approx([one.mean() for one in each_left_out(blocks)])


def test_a_share_is_counted_and_a_rate_is_a_total_over_time() -> None:
    flags = [Share(np.array([True])), Share(np.array([False, False])), Share(np.array([True, False]))]
    assert pooled(flags, None).tolist() == [2 / 5, 1 / 4, 2 / 3, 1 / 3]
    rates = [Rate(np.array([10.0, 0.0]), np.array([1.0, 1.0])), Rate(np.array([50.0]), np.array([2.0]))]
    assert pooled(rates, None).tolist() == [15.0, 25.0, 5.0]


@pytest.mark.parametrize("value", [0.1, 1e-300, 7.3e15])
def test_equal_samples_have_exactly_their_own_statistics(value: float) -> None:
    blocks = [np.full(size, value) for size in (3, 49, 7, 11)]
    assert pooled(blocks, None).tolist() == [value] * 5
    assert pooled(blocks, 0.95).tolist() == [value] * 5


def test_what_is_left_of_one_block_without_it_is_nothing() -> None:
    for q in (None, 0.5):
        whole, without = pooled([np.array([1.0, 3.0])], q).tolist()
        assert whole == 2.0
        assert math.isnan(without)


@pytest.mark.parametrize(
    ("block", "empty"),
    [
        (np.array([]), True),
        (np.array([0.0]), False),
        (Share(np.array([], np.bool_)), True),
        (Share(np.array([False])), False),
        (Rate(np.array([]), np.array([])), True),
        (Rate(np.array([0.0]), np.array([0.0])), True),
        (Rate(np.array([0.0]), np.array([1.0])), False),
    ],
)
def test_a_block_is_empty_where_nothing_was_measured(block: Block, empty: bool) -> None:
    assert is_empty(block) is empty
