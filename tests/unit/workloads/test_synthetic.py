from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.workload import Fitted
from pytest_fmbench.workloads import lengths
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
    assert fitted.wording is not None
    assert set(WORDS) - set(fitted.wording.words) == ODD & set(WORDS)


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


def words(prompt: Prompt) -> list[str]:
    return prompt.messages[0].content.partition(": ")[2].split()


def common(first: Prompt, second: Prompt) -> int:
    """How many words they begin with alike."""
    pairs = zip(words(first), words(second), strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), 10**6)


def test_lengths_are_drawn_each_by_itself() -> None:
    drawn = synthetic(input_tokens=lengths.uniform(50, 90), output_tokens=lengths.choices({5: 1, 7: 3})).fit(count)
    some = [drawn.prompt(index, 1) for index in range(400)]
    assert {count(one) for one in some} == set(range(50, 91))
    assert sum(one.max_tokens == 7 for one in some) == pytest.approx(300, abs=40)
    other = synthetic(input_tokens=lengths.uniform(50, 90), output_tokens=3).fit(count)
    assert [one.messages for one in some[:50]] == [other.prompt(index, 1).messages for index in range(50)]


def test_what_is_drawn_too_short_is_raised_to_what_the_template_takes() -> None:
    drawn = synthetic(input_tokens=lengths.uniform(1, OVERHEAD + 4), output_tokens=1).fit(count)
    assert {count(drawn.prompt(index, 1)) for index in range(200)} == {OVERHEAD + 3, OVERHEAD + 4}


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_a_share_of_each_prompt_is_one_of_so_many_beginnings(share: float) -> None:
    fitted = synthetic(input_tokens=200, output_tokens=1, shared_prefix=share, prefixes=3).fit(count)
    some = [fitted.prompt(index, 1) for index in range(60)]
    assert {count(one) for one in some} == {200}
    shared = round(share * 200) - OVERHEAD
    assert len({tuple(words(one)[:shared]) for one in some}) == 3
    assert len({tuple(words(one)) for one in some}) == 60
    assert max(common(some[0], one) for one in some[1:]) in range(shared, shared + 3)


def test_prompts_of_different_lengths_share_what_the_shorter_one_may() -> None:
    drawn = synthetic(input_tokens=lengths.choices({100: 1, 300: 1}), output_tokens=1, shared_prefix=0.5).fit(count)
    short, long = (
        next(one for one in (drawn.prompt(at, 1) for at in range(50)) if count(one) == n) for n in (100, 300)
    )
    assert common(short, long) == 50 - OVERHEAD


def test_a_share_without_room_is_less() -> None:
    fitted = synthetic(input_tokens=OVERHEAD + 4, output_tokens=1, shared_prefix=0.99).fit(count)
    assert {count(fitted.prompt(index, 1)) for index in range(9)} == {OVERHEAD + 4}
    assert len({fitted.prompt(index, 1) for index in range(9)}) == 9


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"shared_prefix": 1.0}, "shared_prefix=1.0"),
        ({"shared_prefix": -0.1}, "shared_prefix=-0.1"),
        ({"shared_prefix": "half"}, "shared_prefix='half'"),
        ({"prefixes": 0}, "prefixes=0"),
        ({"prefixes": 1.5}, "prefixes=1.5"),
    ],
)
def test_what_cannot_be_shared_is_refused(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError, match=f"{problem}\\): give a "):
        synthetic(input_tokens=80, output_tokens=1, **given)


def test_it_is_called_what_was_asked_for() -> None:
    assert repr(synthetic(input_tokens=80, output_tokens=9)) == "synthetic(input_tokens=80, output_tokens=9)"
    drawn = synthetic(input_tokens=lengths.lognormal(512, cv=0.6), output_tokens=9, shared_prefix=0.5, prefixes=4)
    assert repr(drawn) == (
        "synthetic(input_tokens=lengths.lognormal(512, cv=0.6), output_tokens=9, shared_prefix=0.5, prefixes=4)"
    )
