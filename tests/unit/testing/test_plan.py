from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.model.draws import constant, exponential, normal
from pytest_fmbench.testing.plan import TOKENS, Plan, Timing, words

INDICES = st.lists(st.integers(0, 10_000), max_size=8, unique=True)


@given(st.integers(0, 2**40), INDICES, st.randoms())
def test_a_plan_does_not_depend_on_which_came_before(seed: int, indices: list[int], order: Any) -> None:
    timing = Timing(normal(0.1, 0.1), exponential(0.02), normal(30, 20), seed)
    plans = {index: timing.plan(index, 50, 3) for index in indices}
    order.shuffle(indices)
    assert {index: timing.plan(index, 50, 3) for index in indices} == plans


@given(st.integers(0, 1000), st.integers(1, 60))
def test_tokens_are_due_one_after_another_and_no_more_than_asked_for(index: int, limit: int) -> None:
    plan = Timing(exponential(0.1), exponential(0.02), normal(30, 20), 0).plan(index, limit, 3)
    assert list(plan.at_s) == sorted(plan.at_s)
    assert 1 <= plan.tokens <= limit
    assert plan.limited is (plan.tokens == limit)


def test_every_seed_and_every_request_draws_its_own() -> None:
    plans = [
        Timing(exponential(1), exponential(1), None, seed).plan(index, 4, 1) for seed in range(9) for index in range(9)
    ]
    assert len({tuple(plan.at_s) for plan in plans}) == 81


@pytest.mark.parametrize(
    ("tokens", "limit", "expected"),
    [(None, None, (TOKENS, False)), (None, 5, (5, True)), (3, None, (3, False)), (3, 5, (3, False)), (9, 5, (5, True))],
)
def test_its_length_is_the_scripts_or_what_is_asked_for(
    tokens: int | None, limit: int | None, expected: tuple[int, bool]
) -> None:
    length = None if tokens is None else constant(tokens)
    plan = Timing(constant(1), constant(0.5), length, 0).plan(0, limit, 7)
    assert (plan.tokens, plan.limited) == expected
    assert plan == Plan([1 + 0.5 * at for at in range(plan.tokens)], expected[1], 7)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, 1),
        ({"prompt": "a b c"}, 3),
        ({"inputs": "a b"}, 2),
        ({"text_input": "a b"}, 2),
        ({"messages": [{"role": "user", "content": "a b"}, {"role": "user", "content": [{"text": "c d e"}]}]}, 5),
        ({"system": [{"text": "a"}], "messages": [{"role": "user", "content": [{"text": "b c"}]}]}, 3),
        ({"prompt": 3, "model": "not of the prompt"}, 1),
    ],
)
def test_the_words_of_a_prompt_are_counted(body: dict[str, Any], expected: int) -> None:
    assert words(body) == expected
