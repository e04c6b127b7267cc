from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.session import Answer, Outcome, Sessions, TaskEnd
from pytest_fmbench.workloads import lengths
from pytest_fmbench.workloads.conversations.multiturn import Multiturn, multiturn
from tests.support.conversing import Alone


def carried_out(workload: Multiturn, index: int = 0, seed: int = 0, **how: Any) -> tuple[Alone, Outcome]:
    talk = Alone(**how)
    return talk, asyncio.run(workload.session(index, seed).carry_out(talk))


def words(prompt: Prompt) -> int:
    return 5 + sum(len(message.content.split()) for message in prompt.messages)


FITTED = multiturn(3, input_tokens=12, system_tokens=40, output_tokens=7).fit(words)


def test_it_is_a_workload_of_sessions() -> None:
    assert isinstance(multiturn(), Sessions)


def test_the_context_grows_by_questions_and_the_models_own_answers() -> None:
    talk, outcome = carried_out(multiturn(3))
    assert outcome == Outcome(TaskEnd.DONE, success=True)
    roles = [[message.role for message in prompt.messages] for prompt in talk.prompts]
    assert roles == [["user"], ["user", "assistant", "user"], ["user", "assistant", "user", "assistant", "user"]]
    contents = [message.content for message in talk.prompts[-1].messages]
    assert contents[1::2] == ["answer 1", "answer 3"]
    assert len({*contents[::2]}) == 3


def test_no_two_conversations_ask_alike() -> None:
    asked = {
        message.content
        for index in range(50)
        for message in carried_out(multiturn(4), index)[0].prompts[-1].messages
        if message.role == "user"
    }
    assert len(asked) == 200


def test_texts_have_the_lengths_that_were_asked_for() -> None:
    talk, _ = carried_out(FITTED)
    system, *rest = talk.prompts[-1].messages
    assert (system.role, len(system.content.split())) == ("system", 40)
    assert {len(message.content.split()) for message in rest if message.role == "user"} == {12}
    assert {(prompt.max_tokens, prompt.ignore_eos) for prompt in talk.prompts} == {(7, True)}
    assert carried_out(FITTED, 1)[0].prompts[0].messages[0] == system, "all conversations share it"


@given(st.integers(0, 10_000), st.integers(0, 5))
def test_the_same_seed_gives_the_same_sessions(index: int, seed: int) -> None:
    workload = multiturn(lengths.uniform(1, 5), think="exponential:2", output_tokens=lengths.lognormal(30, cv=0.5))
    first, again = (carried_out(workload, index, seed) for _ in range(2))
    assert first[0].prompts == again[0].prompts
    assert first[0].thought == again[0].thought
    assert len(first[0].thought) == len(first[0].prompts) - 1
    assert carried_out(workload, index, seed + 1)[0].prompts != first[0].prompts


def failing(turn: int, error: str) -> Callable[[Prompt], Answer]:
    return lambda prompt: Answer("so", error=error if len(prompt.messages) == 2 * turn - 1 else None)


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (
            "status: 400: the request exceeds the available context size. try increasing the context size or "
            "enable context shift",
            TaskEnd.CONTEXT,
        ),
        (
            "status: 400: This model's maximum context length is 2048 tokens. However, you requested 2104 tokens",
            TaskEnd.CONTEXT,
        ),
        (
            "status: 400: The input (3000 tokens) is longer than the model's context length (2048 tokens).",
            TaskEnd.CONTEXT,
        ),
        (
            "status: 400: The decoder prompt (length 2104) is longer than the maximum model length of 2048.",
            TaskEnd.CONTEXT,
        ),
        (
            "status: 400: The sum of prompt length (2104.0), query length (0) should not exceed max_num_tokens (2048)",
            TaskEnd.CONTEXT,
        ),
        ("status: 400: Input tokens exceed the configured limit of 272000 tokens.", TaskEnd.CONTEXT),
        ("status: 400: prompt is too long: 210000 tokens > 200000 maximum", TaskEnd.CONTEXT),
        (
            "status: 400: input length and `max_tokens` exceed context limit: 178902 + 32000 > 200000",
            TaskEnd.CONTEXT,
        ),
        ("status: 400: ValidationException: Input is too long for requested model.", TaskEnd.CONTEXT),
        ("status: 422: `inputs` must have less than 1024 tokens. Given: 1500", TaskEnd.CONTEXT),
        ("status: 400: no such model", TaskEnd.REFUSED),
        ("truncated: the connection was reset: prompt is too long", TaskEnd.REFUSED),
        ("throttled: 429: slow down", TaskEnd.REFUSED),
    ],
)
def test_a_turn_that_fails_is_the_last(error: str, end: TaskEnd) -> None:
    talk, outcome = carried_out(multiturn(9), say=failing(7, error))
    assert outcome == Outcome(end, success=False)
    assert len(talk.prompts) == 7


def test_its_words_are_those_of_the_call() -> None:
    assert repr(multiturn(4, output_tokens=16)) == "multiturn(turns=4, output_tokens=16)"
    assert repr(FITTED) == "multiturn(turns=3, output_tokens=7, input_tokens=12, system_tokens=40)"
    assert "think='exponential:2'" in repr(multiturn(think="exponential: 2"))


def test_it_asks_for_no_words_where_it_needs_none() -> None:
    def count(_: Prompt) -> int:
        raise AssertionError("nothing is counted")

    assert multiturn().fit(count) == multiturn()


@pytest.mark.parametrize(
    "wrong",
    [
        {"turns": 0},
        {"turns": lengths.lognormal(4, cv=0.5)},
        {"output_tokens": 0},
        {"input_tokens": -1},
        {"system_tokens": -1},
        {"system_tokens": True},
        {"think": 0},
        {"think": "soon"},
        {"think": "gamma:1"},
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"multiturn\("):
        multiturn(**wrong)


def test_exact_lengths_take_a_model() -> None:
    with pytest.raises(UsageError, match="before it is fitted"):
        multiturn(input_tokens=9).session(0, 0)
