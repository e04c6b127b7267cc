from __future__ import annotations

import pickle
from itertools import combinations
from statistics import mean
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.workloads.chat import Chat, chat

UNHURRIED = settings(deadline=None)
SEED = st.integers(0, 2**64)
INDEX = st.integers(0, 2**40)
ALL = 7_200


def text(prompt: Prompt) -> str:
    return prompt.messages[0].content


@settings(deadline=None, max_examples=5)
@given(SEED)
@example(0)
def test_no_two_prompts_of_a_round_are_alike(seed: int) -> None:
    assert len({text(chat().prompt(index, seed)) for index in range(ALL)}) == ALL


@UNHURRIED
@given(INDEX, SEED)
def test_a_prompt_is_the_same_whenever_it_is_drawn(index: int, seed: int) -> None:
    assert chat().prompt(index, seed) == chat().prompt(index, seed)


@UNHURRIED
@given(INDEX, SEED)
def test_after_a_round_the_next_one_begins(index: int, seed: int) -> None:
    assert chat().prompt(index + ALL, seed) == chat().prompt(index, seed)


@UNHURRIED
@given(INDEX, SEED, st.integers(1, 10_000))
def test_a_prompt_is_one_question_of_a_user(index: int, seed: int, output_tokens: int) -> None:
    prompt = chat(output_tokens).prompt(index, seed)
    assert prompt == Prompt((Message("user", text(prompt)),), max_tokens=output_tokens)
    assert "{" not in text(prompt)


@UNHURRIED
@given(INDEX, SEED, st.integers(1, 10_000))
def test_the_length_of_replies_does_not_move_the_questions(index: int, seed: int, output_tokens: int) -> None:
    assert chat(output_tokens).prompt(index, seed).messages == chat().prompt(index, seed).messages


def test_each_seed_has_its_own_order() -> None:
    orders = [[text(chat().prompt(index, seed)) for index in range(50)] for seed in range(20)]
    assert all(one != other for one, other in combinations(orders, 2))


def test_questions_are_short() -> None:
    lengths = [len(text(chat().prompt(index, 0)).split()) for index in range(ALL)]
    assert 10 < mean(lengths) < 14
    assert max(lengths) <= 20


def test_replies_are_cut_at_64_tokens_unless_told_otherwise() -> None:
    assert chat().prompt(0, 0).max_tokens == 64


@pytest.mark.parametrize("tokens", [0, -1])
def test_a_reply_without_a_token_is_refused(tokens: int) -> None:
    with pytest.raises(UsageError, match=rf"^chat\(output_tokens={tokens}\): a reply needs at least one token$"):
        chat(output_tokens=tokens)


@pytest.mark.parametrize("tokens", [2.5, "2", None])
def test_a_part_of_a_token_is_refused(tokens: Any) -> None:
    with pytest.raises(UsageError, match=r"chat\(output_tokens="):
        chat(output_tokens=tokens)


def test_its_repr_says_what_was_asked() -> None:
    assert repr(chat(output_tokens=24)) == "Chat(output_tokens=24)"


def test_it_reaches_the_load_process_as_it_is() -> None:
    assert pickle.loads(pickle.dumps(chat(24))) == Chat(24)  # noqa: S301
