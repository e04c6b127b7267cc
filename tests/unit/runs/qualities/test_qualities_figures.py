from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_fmbench.catalog import PROMISED
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.answered import Answered
from pytest_fmbench.model.objective import Outcome
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.qualities.figures import Figures
from pytest_fmbench.runs.qualities.judging import judge_quality
from pytest_fmbench.runs.qualities.quality import Quality
from pytest_fmbench.runs.qualities.told import told
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.sla import parse
from pytest_fmbench.stats.bounded import bounded_mean
from tests.support.answers import answered, item


def names(count: int) -> list[str]:
    return [f"i{nth}" for nth in range(count)]


def of(scores: Sequence[float | None]) -> dict[str, Answered]:
    return {name: answered(name, score) for name, score in zip(names(len(scores)), scores, strict=True)}


def figures(scores: Sequence[float | None], before: Sequence[float | None] | None = None) -> Figures:
    task = Task("t", tuple(item(name, answers=("x",)) for name in names(len(scores))))
    return Figures(task, of(scores), None if before is None else of(before))


def test_a_score_is_the_mean_mark_of_what_was_answered() -> None:
    found = figures([1.0, 0.0, 1.0, None])
    score = found.estimate("exact_match")
    assert (float(score), score.n, score.name) == (2 / 3, 3, "quality.exact_match")
    worst, best = bounded_mean([1.0, 0.0, 1.0, 0.0]), bounded_mean([1.0, 0.0, 1.0, 1.0])
    assert (score.low, score.high) == (worst.low, best.high)
    assert found.estimate("failed") == 1 / 4
    assert found.estimate("failed").n == 4


def test_what_is_not_known_is_not_wrong() -> None:
    task = Task("t", tuple(item(name, answers=("x",)) for name in names(3)))
    said = [answered("i0", 0.0, abstained=True), answered("i1", 0.0, parsed=False), answered("i2", 0.5)]
    found = Figures(task, {one.item: one for one in said})
    assert {name: round(float(found.estimate(name)), 3) for name in ("abstained", "wrong", "unparsable")} == {
        "abstained": 0.333,
        "wrong": 0.333,
        "unparsable": 0.333,
    }


def test_a_difference_is_of_pairs() -> None:
    found = figures([1.0, 0.0, 1.0, None], [1.0, 1.0, 0.5, 1.0])
    delta = found.estimate("exact_match.delta")
    assert found.values("exact_match.delta") == [0.0, -1.0, 0.5]
    assert delta.n == 3
    assert float(delta) == pytest.approx(-1 / 6)
    assert found.values("failed.delta") == [0.0, 0.0, 0.0, 1.0]
    assert float(found.estimate("length.delta")) == 0.0
    assert "differs" not in [*found.names()]


def test_each_scorer_is_about_the_items_that_it_marks() -> None:
    task = Task("t", (item("a", answers=("x",), scorers=("f1",)), item("b", answers=("x",))))
    found = Figures(task, {"a": Answered("a", scores={"f1": 0.5}), "b": Answered("b", scores={"exact_match": 1.0})})
    assert (found.values("f1"), found.values("exact_match"), found.values("score")) == ([0.5], [1.0], [0.5, 1.0])


def test_company_may_change_answers() -> None:
    alone, crowd = of([1.0, 1.0, 1.0]), of([1.0, 0.0, 1.0])
    crowd["i2"] = answered("i2", 1.0, output_tokens=1)
    task = Task("t", tuple(item(name, answers=("x",)) for name in names(3)))
    found = Figures(task, crowd, alone=alone)
    assert found.estimate("differs") == 1 / 3
    assert float(found.estimate("drift")) == pytest.approx(9 / 12 - 1)


def test_what_is_not_there_is_told_with_the_way_out() -> None:
    found = figures([1.0])
    with pytest.raises(UsageError, match=r"quality\.score\.delta is against a baseline"):
        found.estimate("score.delta")
    with pytest.raises(UsageError, match="alone=True"):
        found.estimate("differs")
    with pytest.raises(UnknownName, match="unknown figure of the task 't' 'f1'"):
        found.estimate("f1")


def quality(scores: Sequence[float | None], *objectives: str, before: Sequence[float | None] | None = None) -> Quality:
    promised = tuple(parse(text, PROMISED) for text in objectives)
    made = Quality("q", "d", figures(scores, before), Path("s/q"), {"answers": Path("s/a")}, 4, {}, objectives=promised)
    made.verdicts = judge_quality(made, Strictness())
    return made


def test_figures_are_attributes() -> None:
    found = quality([1.0, 0.0], before=[1.0, 1.0])
    assert float(found.exact_match) == 0.5
    assert float(found.exact_match.delta) == float(found["exact_match.delta"]) == -0.5
    assert float(found.length.delta) == 0.0
    assert {"score", "wrong", "length"} <= {*dir(found)}
    with pytest.raises(AttributeError, match="unknown figure"):
        found.rouge_l  # noqa: B018  # to be refused
    with pytest.raises(UsageError, match="against a baseline"):
        quality([1.0]).score.delta  # noqa: B018  # likewise
    assert found.answers.num_rows == 2


@pytest.mark.parametrize(
    ("scores", "objective", "outcome", "reason"),
    [
        ([1.0] * 60, "quality.score >= 90%", Outcome.PASS, "all of it keeps >= 90%"),
        ([0.0] * 60, "quality.score >= 90%", Outcome.FAIL, "all of it misses >= 90%"),
        ([1.0, 1.0, 0.0] * 4, "quality.score >= 60%", Outcome.INCONCLUSIVE, "more items would decide"),
        ([1.0] * 50 + [None] * 10, "quality.score >= 90%", Outcome.INCONCLUSIVE, "10 failed, which may be right"),
        ([1.0] * 9 + [0.5], "quality.score >= 100%", Outcome.FAIL, "1 of 10 items do not keep it"),
        ([1.0] * 9 + [None], "quality.score >= 100%", Outcome.INCONCLUSIVE, "0 of 9 items do not keep it, 1 failed"),
        ([1.0] * 9 + [None], "quality.failed <= 0%", Outcome.FAIL, "1 of 10 items do not keep it"),
        ([1.0] * 10, "quality.failed <= 0%", Outcome.PASS, "0 of 10 items do not keep it"),
    ],
)
def test_verdicts(scores: list[float | None], objective: str, outcome: Outcome, reason: str) -> None:
    (verdict,) = quality(scores, objective).verdicts
    assert verdict.outcome is outcome
    assert reason in verdict.reason


def test_the_same_answers_pass_no_margin_that_so_few_items_cannot_tell() -> None:
    scores: list[float | None] = [1.0, 0.0] * 30
    assert quality(scores, "quality.score.delta >= -10pp", before=scores).verdicts[0].outcome is Outcome.PASS
    (verdict,) = quality(scores, "quality.score.delta >= -1pp", before=scores).verdicts
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "more items would decide" in verdict.reason


def test_the_confidence_is_divided() -> None:
    alone, other = (
        quality([1.0, 1.0, 0.0] * 9, *texts)
        for texts in (["quality.score > 1%"], ["quality.score > 1%", "quality.wrong < 99%"])
    )
    assert alone.verdicts[0].estimate.confidence == pytest.approx(0.9)
    assert other.verdicts[0].estimate.confidence == pytest.approx(0.95)


def test_plain_values() -> None:
    found = told(quality([1.0, None], "quality.failed <= 0%"), "case", Path("s"))
    assert (found["items"], found["failed"], found["outcome"]) == (2, 1, "fail")
    assert found["errors"] == {"timeout: nothing came": 1}
    assert found["figures"]["score"]["n"] == 1
    assert found["records"] == {"answers": "a"}
