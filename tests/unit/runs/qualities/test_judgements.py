from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from pytest_fmbench.catalog import PROMISED
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.objective import Outcome
from pytest_fmbench.quality.judges.panel import Judges, Labelled, panel
from pytest_fmbench.quality.judges.presets import BETTER, CORRECT, HELPFUL
from pytest_fmbench.quality.judges.rubric import Rubric
from pytest_fmbench.quality.judges.verdict import Lost
from pytest_fmbench.quality.judges.vote import ALIKE, Ballot
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.qualities.figures import Figures
from pytest_fmbench.runs.qualities.given import Spent
from pytest_fmbench.runs.qualities.judgements import Ballots, Judgements, names_of
from pytest_fmbench.runs.qualities.judging import judge_quality
from pytest_fmbench.runs.qualities.quality import Quality
from pytest_fmbench.runs.qualities.told import told
from pytest_fmbench.runs.qualities.wanted import Wanted
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.sinks.quality import headline, judging
from pytest_fmbench.sla import parse
from tests.support.answers import answered, item

A, B = (Deployment(name, "endpoint", "url:http://127.0.0.1:1/v1") for name in ("a", "b"))
FACE, TURNED = {"+": "first", "-": "second", "=": "tie"}, "~"


def ballot(sign: str) -> Ballot:
    """A digit is a grade; of pairs + is won, - lost, = a tie, ~ another answer the other way round; ? is lost.

    Nobody is asked of what is *, alike.
    """
    if sign == "*":
        return ALIKE
    if sign == "?":
        return Ballot(lost=Lost.PROSE)
    if sign == TURNED:
        return Ballot("tie", turned=True)
    return Ballot(FACE[sign], turned=False) if sign in FACE else Ballot(sign)


def ballots(*items: str) -> dict[str, Ballots]:
    return {f"i{nth}": tuple(map(ballot, signs)) for nth, signs in enumerate(items)}


def said(
    rubric: Rubric, items: int, answers: Sequence[str], baseline: Sequence[str] = (), **more: object
) -> Judgements:
    by = Judges(panel(A, B) if len(answers[0]) == 2 else panel(A), rubric)
    return Judgements(by, items, ballots(*answers), ballots(*baseline), [], **more)  # type: ignore[arg-type]  # of tests


def value(found: Judgements, name: str) -> float:
    return float(found.estimate(name, 0.95, name))


def test_grades_are_means_of_a_panel() -> None:
    found = said(HELPFUL, 3, ["54", "31", "5?"])
    judged = found.estimate("judged", 0.95, "quality.judged")
    assert float(judged) == pytest.approx((0.875 + 0.25 + 1.0) / 3)
    assert judged.n == 3
    assert found.values("unread") == [0.0, 0.0, 0.5]
    assert found.estimate("agreement", 0.95, "").n == 2


def test_what_nobody_judged_may_be_anything() -> None:
    all_known, one_lost = said(HELPFUL, 20, ["55"] * 20), said(HELPFUL, 20, ["55"] * 18 + ["??"])
    judged = one_lost.estimate("judged", 0.95, "")
    assert (float(judged), judged.n, judged.high) == (1.0, 18, 1.0)
    assert judged.low < all_known.estimate("judged", 0.95, "").low


def test_pairs_are_won_lost_or_tied() -> None:
    found = said(BETTER, 7, ["++", "+-", "--", "~=", "+?", "~~", "**"])
    assert found.values("win_rate") == [1.0, 0.5, 0.0, 0.5, 1.0, 0.5, 0.5]
    assert found.values("ties") == [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0]
    assert len(found.values("agreement")) == 5
    assert found.values("position_bias") == [0.0, 0.0, 0.0, 0.5, 0.0, 1.0]
    assert value(found, "unread") == 1 / 12
    assert found.lost() == {B.id: {"prose": 1}}


def test_a_difference_is_of_the_same_items() -> None:
    found = said(HELPFUL, 3, ["5", "5", "3"], ["3", "?", "3"])
    delta = found.estimate("judged.delta", 0.95, "quality.judged.delta")
    assert (found.values("judged.delta"), delta.n, delta.low >= -1.0) == ([0.5, 0.0], 2, True)


def test_agreement_is_beyond_chance() -> None:
    assert value(said(BETTER, 40, ["++", "--"] * 20), "agreement") == 1.0
    assert value(said(BETTER, 40, ["++", "+-", "-+", "--"] * 10), "agreement") == 0.0
    assert math.isnan(value(said(BETTER, 4, ["++"] * 4), "agreement"))


def test_labels_judge_the_panel() -> None:
    labels = [Labelled.of("q", f"{nth}", grade=grade) for nth, grade in enumerate(("correct", "correct", "incorrect"))]
    by = Judges(panel(A, labelled=labels), CORRECT)
    found = Judgements(
        by, 1, {"i0": (Ballot("correct"),)}, {}, [(Ballot("correct"),), (Ballot("incorrect"),), (ballot("?"),)]
    )
    calibration = found.estimate("calibration", 0.95, "")
    assert (float(calibration), calibration.n) == (0.5, 2)
    assert calibration.low < 0.1, "what was lost may have been wrong"
    assert value(found, "calibration_kappa") == 0.0
    assert [of for of, _, _ in found.ballots] == ["answers", *["labelled"] * 3]


@pytest.mark.parametrize(
    ("judges", "against", "names"),
    [
        (Judges(panel(A), HELPFUL), False, ("judged", "unread")),
        (Judges(panel(A, B), HELPFUL), True, ("judged", "judged.delta", "unread", "agreement")),
        (Judges(panel(A), CORRECT), False, ("judged", "ties", "unread")),
        (Judges(panel(A), BETTER), True, ("win_rate", "ties", "position_bias", "unread")),
        (Judges(panel(A, swap=False), BETTER), True, ("win_rate", "ties", "unread")),
    ],
)
def test_a_panel_tells_what_it_can(judges: Judges, against: bool, names: tuple[str, ...]) -> None:
    assert names_of(judges, against=against) == names
    assert {f"quality.{name}" for name in names} <= {*PROMISED}


def quality(found: Judgements, *objectives: str, before: Mapping[str, object] | None = None) -> Quality:
    names = [f"i{nth}" for nth in range(found.items)]
    task = Task("t", tuple(item(name) for name in names), (), found.judges)
    answers = {name: answered(name, scores={}) for name in names}
    figures = Figures(task, answers, None if before is None else answers, judgements=found)
    promised = tuple(parse(text, PROMISED) for text in objectives)
    made = Quality("q", "d", figures, Path("s/q"), {"answers": Path("s/a")}, 4, {}, objectives=promised)
    made.verdicts = judge_quality(made, Strictness())
    return made


def test_what_judges_say_is_figures_as_others_are() -> None:
    found = quality(said(HELPFUL, 60, ["5"] * 59 + ["?"]), "quality.judged >= 95%", "quality.unread <= 0%")
    assert [one.outcome for one in found.verdicts] == [Outcome.INCONCLUSIVE, Outcome.FAIL]
    assert "1 of 60 items do not keep it" in found.verdicts[1].reason
    assert float(found.judged) == 1.0
    assert {"judged", "unread", "failed"} <= {*dir(found)}
    assert not {"score", "wrong"} & {*found.figures.names()}, "nothing was marked"
    with pytest.raises(UsageError, match=r"quality\.judged\.delta is against a baseline"):
        found.judged.delta  # noqa: B018  # to be refused
    assert float(quality(said(HELPFUL, 1, ["5"], ["3"]), before={}).judged.delta) == 0.5


def test_plain_values_and_lines() -> None:
    spent = Spent(9, 100, 20, 0.004)
    plain = told(quality(said(BETTER, 2, ["++", "+?"], known=3, spent=spent)), "case", Path("s"))
    assert headline(plain) == f"t, 2 items: win_rate 100% [{plain['figures']['win_rate']['low']:.1%}, 100%]"
    (line,) = judging(plain)
    assert line == (
        f"better, by {A.id}, {B.id}: 9 requests, 120 tokens, 0.004 USD, 3 verdicts known before; {B.id} lost 1 prose"
    )


def wanted(task: Task, baseline: Deployment | None = None) -> Wanted:
    return Wanted(A, task, baseline, None, 4, alone=False, fields=None)


def test_what_is_lacking_is_told_beforehand() -> None:
    plain = Task("t", (item(answers=("x",)),))
    pairs, grades = plain.judged(panel(B), "better"), plain.judged(panel(B))
    with pytest.raises(UsageError, match="the rubric better compares two answers: baseline=DEPLOYMENT"):
        wanted(pairs)
    assert wanted(grades, B).deployments == (A, B)
    objective = parse("quality.win_rate >= 45%", PROMISED)
    assert wanted(pairs, B).lacks(objective) == ""
    assert "is of what judges say" in wanted(plain, B).lacks(objective)
    assert "judged, judged.delta, unread" in wanted(grades, B).lacks(objective)
