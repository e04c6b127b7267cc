from __future__ import annotations

from hashlib import sha256

import pytest

from pytest_fmbench import Task, basics
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.quality.by_text import ByText
from tests.support.answers import item, said


def test_every_item_has_a_name_and_a_truth() -> None:
    right = item("a", answers=("x",))
    with pytest.raises(UsageError, match="has no item"):
        Task("t", ())
    with pytest.raises(UsageError, match="two items called 'a'"):
        Task("t", (right, right))
    with pytest.raises(UsageError, match="item 'b' of task 't' has no answers, which the scorer exact_match needs"):
        Task("t", (right, item("b")))
    with pytest.raises(UnknownName, match="unknown scorer 'exact'"):
        Task("t", (right,), ("exact",))
    with pytest.raises(UsageError, match="has no scorer"):
        Task("t", (right,), ()).see_that_it_can_be_marked()


def test_items_may_name_their_own_scorers() -> None:
    def shout(text: str, right: str, classes: tuple[str, ...]) -> float:  # noqa: ARG001  # as comparisons take
        return float(text == right.upper())

    own = ByText("shout", shout)
    task = Task("t", (item("a", answers=("x",), scorers=("f1", "exact_match")), item("b", answers=("y",))), (own,))
    assert task.scorer_names == ("f1", "exact_match", "shout")
    marks = task.marked(task.items[0], said("X"))
    assert [*marks.by_scorer] == ["f1", "exact_match"]
    assert marks.first.value == 1.0
    assert task.marked(task.items[1], said("Y")).first.value == 1.0
    assert task.marked(task.items[1], said("y")).first.value == 0.0


def test_not_to_know_is_counted_apart_and_right_where_nobody_could() -> None:
    task = Task("t", (item("a", answers=("3",)), item("b", unanswerable=True)), ("numeric",))
    known, unknown = task.items
    abstained = task.marked(known, said("I don't know."))
    assert (abstained.first.value, abstained.abstained, abstained.parsed) == (0.0, True, True)
    assert not task.marked(known, said("many")).parsed
    assert task.marked(unknown, said("I don't know.")).first.value == 1.0
    assert task.marked(unknown, said("3")).first.value == 0.0
    assert task.marked(known, said("I don't know.", ("f", "{}"))).abstained is False


def test_the_first_so_many() -> None:
    task = Task("t", (item("a", answers=("x",)), item("b", answers=("y",))))
    assert [one.name for one in task.first(1).items] == ["a"]
    assert task.first(None) is task


def test_our_own_set_stays_what_it_is() -> None:
    task = basics()
    assert len(task.items) == 72
    assert task.scorer_names == ("numeric", "f1", "pattern", "exact_match")
    texts = "\n".join(f"{one.name} {one.prompt.messages[0].content} {one.truth.answers}" for one in task.items)
    assert sha256(texts.encode()).hexdigest()[:12] == "903c73d693c5"
    assert task.items[0].prompt.messages[0].content.startswith("What is ")


def test_our_own_set_can_be_answered_rightly_and_wrongly() -> None:
    task = basics()
    words = {
        "positive": "Positive.",
        "negative": "negative",
        "yes": "Yes, it is.",
        "no": "No",
        "unknown": "I don't know.",
    }
    for one in task.items:
        kind = one.name.partition("-")[0]
        right = words.get(kind) or f"It is {one.truth.answers[0]}."
        mark = task.marked(one, said(right)).first
        assert mark.value > (0.3 if kind == "place" else 0.9), one
        assert task.marked(one, said("banana")).first.value == 0.0, one
