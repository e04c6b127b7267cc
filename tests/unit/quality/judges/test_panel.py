from __future__ import annotations

from dataclasses import dataclass

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.presets.fmbench_panel import MODELS, fmbench_panel
from pytest_fmbench.quality.judges.exhibit import Exhibit
from pytest_fmbench.quality.judges.panel import Judges, Labelled, panel
from pytest_fmbench.quality.judges.presets import BETTER, CORRECT, HELPFUL
from pytest_fmbench.quality.judges.rubric import Rubric
from pytest_fmbench.quality.task import Task
from tests.support.answers import item

THERE = Deployment("m", "endpoint", "url:http://127.0.0.1:1/v1")


@dataclass(frozen=True)
class Short:
    """Likes what is short."""

    name: str = "short"

    def __call__(self, exhibit: Exhibit, rubric: Rubric) -> str:  # noqa: ARG002  # whatever it is asked
        return "5" if len(exhibit.answers[0]) < 20 else "1"


def test_judges_are_known_by_name() -> None:
    made = panel(THERE, Short())
    assert made.names == (THERE.id, "short")
    assert made.deployments == (THERE,)


@pytest.mark.parametrize(
    ("problem", "made"),
    [
        ("no judge", panel),
        ("twice: its voice", lambda: panel(THERE, THERE)),
        ("a judge is a Deployment", lambda: panel("gpt")),  # type: ignore[arg-type]  # to be refused
        ("a judge is a Deployment", lambda: panel(Short)),  # type: ignore[arg-type]  # likewise: a class is no judge
        ("unread=1", lambda: panel(THERE, unread=1.0)),
        ("concurrency=0", lambda: panel(THERE, concurrency=0)),
        ("give a panel", lambda: Judges("us", HELPFUL)),  # type: ignore[arg-type]  # likewise
        ("'2' is no grade", lambda: Judges(panel(THERE, labelled=[Labelled.of("q", "a", grade="2")]), HELPFUL)),
        ("has 1 answers", lambda: Judges(panel(THERE, labelled=[Labelled.of("q", "a", grade="tie")]), BETTER)),
    ],
)
def test_mistakes_are_told(problem: str, made: object) -> None:
    with pytest.raises(UsageError, match=problem):
        made()  # type: ignore[operator]  # they are lambdas


def test_a_task_may_be_judged_beside_its_scorers_or_by_judges_alone() -> None:
    marked = Task("t", (item(answers=("x",)),))
    assert [*marked.judged(panel(THERE)).described()] == [*marked.described()], "what is asked is the same"
    Task("t", (item(),), ()).judged(panel(THERE)).see_that_it_can_be_marked()
    with pytest.raises(UsageError, match="or have the task judged"):
        Task("t", (item(),), ()).see_that_it_can_be_marked()
    mixed = Task("t", (item("a"), item("b", answers=("x",), scorers=("f1",))), ())
    with pytest.raises(UsageError, match="of which then no item has one"):
        mixed.judged(panel(THERE)).see_that_it_can_be_marked()


def test_who_is_to_know_the_truth_must_be_told_it() -> None:
    Task("t", (item(unanswerable=True),), ()).judged(panel(THERE), CORRECT)
    with pytest.raises(UsageError, match="by which the rubric correct is judged"):
        Task("t", (item(),), ()).judged(panel(THERE), "correct")


def test_fmbench_has_three_judges() -> None:
    made = fmbench_panel("bedrock:us-west-2")
    assert [one.model for one in made.deployments] == [*MODELS]
    assert {one.instance for one in made.deployments} == {"bedrock:us-west-2"}
