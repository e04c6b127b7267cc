from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.workload import Fitted
from pytest_fmbench.workloads.exact import single_tokens
from pytest_fmbench.workloads.synthetic import synthetic
from pytest_fmbench.workloads.words import WORDS

OVERHEAD = 31
ODD = {"story", "book", "water"}


def count(prompt: Prompt) -> int:
    """A model of whose words three are two tokens, and whose template takes 31."""
    words = prompt.messages[0].content.partition(": ")[2].split()
    return OVERHEAD + len(words) + sum(word in ODD for word in words)


@given(st.integers(OVERHEAD + 3, 400), st.integers(0, 10**6), st.integers(0, 2**32))
def test_every_prompt_has_the_length_that_was_asked_for(length: int, index: int, seed: int) -> None:
    fitted = synthetic(input_tokens=length, output_tokens=7).fit(count)
    prompt = fitted.prompt(index, seed)
    assert count(prompt) == length
    assert (prompt.max_tokens, prompt.ignore_eos) == (7, True)


def test_no_two_prompts_of_a_run_are_alike_even_in_their_first_words() -> None:
    fitted = synthetic(input_tokens=OVERHEAD + 3, output_tokens=1).fit(count)
    assert len({fitted.prompt(index, 0).messages for index in range(70_000)}) == 70_000


def test_prompts_are_a_function_of_index_and_seed() -> None:
    fitted = synthetic(input_tokens=80, output_tokens=1).fit(count)
    assert fitted.prompt(5, 1) == fitted.prompt(5, 1)
    assert fitted.prompt(5, 1) != fitted.prompt(5, 2)


def test_words_that_are_more_than_a_token_are_left_out() -> None:
    fitted = synthetic(input_tokens=80, output_tokens=1).fit(count)
    assert set(WORDS) - set(fitted.words) == ODD & set(WORDS)


@given(st.lists(st.sampled_from("abcdefgh"), unique=True), st.sets(st.sampled_from("abcdefgh")))
def test_single_tokens_are_found_whichever_are_not(words: list[str], odd: set[str]) -> None:
    found = single_tokens(words, lambda some: len(some) + len(odd.intersection(some)))
    assert found == [word for word in words if word not in odd]


def test_a_prompt_shorter_than_the_template_is_refused_with_the_least() -> None:
    with pytest.raises(UsageError, match=f"template alone takes {OVERHEAD} tokens, so ask for {OVERHEAD + 3} or more"):
        synthetic(input_tokens=OVERHEAD + 2, output_tokens=1).fit(count)


def test_a_model_that_knows_none_of_the_words_is_refused() -> None:
    with pytest.raises(UsageError, match="hardly any common word"):
        synthetic(input_tokens=80, output_tokens=1).fit(lambda p: 3 * len(p.messages[0].content.split()))


def test_it_has_no_prompts_before_it_is_fitted() -> None:
    unfitted = synthetic(input_tokens=80, output_tokens=1)
    assert isinstance(unfitted, Fitted)
    with pytest.raises(UsageError, match="before it is fitted"):
        unfitted.prompt(0, 0)


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "9", None])
@pytest.mark.parametrize("name", ["input_tokens", "output_tokens"])
def test_a_length_that_is_none_is_refused(name: str, value: int) -> None:
    with pytest.raises(UsageError, match=rf"synthetic\({name}={value!r}\): give a whole number from 1"):
        synthetic(**{"input_tokens": 9, "output_tokens": 9} | {name: value})
