from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from pytest_fmbench import search_chat
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.workloads.search_chat import SearchChat


def counted(prompt: Prompt) -> int:
    return sum(len(message.content.split()) for message in prompt.messages)


def fitted(**options: object) -> SearchChat:
    return search_chat(**options).fit(counted)  # type: ignore[arg-type]  # by name


def test_a_request_is_passages_history_and_a_question() -> None:
    asked = fitted(passages=3, passage_tokens=50, history=2, history_tokens=7, question_tokens=5).prompt(4, 0)
    assert [message.role for message in asked.messages] == ["system", "user", "assistant", "user", "assistant", "user"]
    task, *found = asked.messages[0].content.split("\n\n")
    assert task.startswith("Answer from these passages")
    assert [len(text.split()) for text in found] == [50, 50, 50]
    assert [len(message.content.split()) for message in asked.messages[1:]] == [7, 7, 7, 7, 5 + 3]
    assert asked.max_tokens == 128
    assert not asked.ignore_eos


def test_passages_may_stand_before_the_question() -> None:
    asked = fitted(placed="last", history=0).prompt(0, 0)
    assert [message.role for message in asked.messages] == ["system", "user"]
    assert len(asked.messages[1].content.split("\n\n")) == 5


def test_passages_are_found_as_often_as_they_are_popular() -> None:
    """With one passage a request there is no choice left to make: the shares are those of Zipf's law."""
    asked = search_chat(passages=1, corpus=10, popularity=1.0)
    found = Counter(asked.found(nth, 0)[0] for nth in range(20_000))
    harmonic = sum(1 / rank for rank in range(1, 11))
    for rank in range(10):
        assert found[rank] / 20_000 == pytest.approx(1 / (rank + 1) / harmonic, abs=0.01)
    alike = Counter(search_chat(passages=1, corpus=10, popularity=0).found(nth, 0)[0] for nth in range(20_000))
    assert max(alike.values()) < 1.15 * min(alike.values())


def test_a_passage_is_the_same_in_every_request_that_has_it() -> None:
    asked = fitted(passages=2, corpus=3, history=0)
    texts: dict[int, set[str]] = {}
    for nth in range(50):
        found = asked.prompt(nth, 0).messages[0].content.split("\n\n")[1:]
        for which, text in zip(asked.found(nth, 0), found, strict=True):
            texts.setdefault(which, set()).add(text)
    assert {which: len(each) for which, each in texts.items()} == {0: 1, 1: 1, 2: 1}
    assert len(set.union(*texts.values())) == 3


def test_no_passage_comes_twice_and_the_rarest_are_found_too() -> None:
    asked = search_chat(passages=40, corpus=40, popularity=4.0)
    assert sorted(asked.found(0, 0)) == [*range(40)]


def test_questions_differ_and_another_seed_asks_others() -> None:
    asked = fitted(history=0)
    texts = [asked.prompt(nth, 0).messages[-1].content for nth in range(300)]
    assert len({*texts}) == 300
    assert asked.prompt(0, 0) != asked.prompt(0, 1)
    assert asked.prompt(5, 0) == asked.prompt(5, 0)
    assert all(one != other for one, other in pairwise(texts))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"passages": 0}, r"search_chat\(passages=0\)"),
        ({"passages": 5, "corpus": 4}, "no more can be found than there are"),
        ({"popularity": -1}, "give a number from 0 to 4"),
        ({"placed": "middle"}, "give 'first' or 'last'"),
        ({"history": -1}, "give a whole number from 0"),
        ({"output_tokens": 0}, r"search_chat\(output_tokens=0\)"),
    ],
)
def test_what_cannot_be_asked_is_refused(options: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        search_chat(**options)  # type: ignore[arg-type]  # by name


def test_it_is_fitted_before_it_asks() -> None:
    with pytest.raises(UsageError, match="no exact length before it is fitted"):
        search_chat().prompt(0, 0)
