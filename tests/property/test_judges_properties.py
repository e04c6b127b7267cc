"""Judges: what they say is read whatever stands around it, and who stands first changes nothing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fmbench.quality.judges.exhibit import Exhibit
from pytest_fmbench.quality.judges.presets import RUBRICS
from pytest_fmbench.quality.judges.rubric import FIRST, SECOND, TIE, Rubric
from pytest_fmbench.quality.judges.verdict import Verdict
from pytest_fmbench.quality.judges.vote import Ballot, ballot_of, vote_of
from pytest_fmbench.stats.kappa import kappa

texts = st.text(max_size=60)
rubrics = st.sampled_from([*RUBRICS.values()])
BETTER = RUBRICS["better"]
OTHER = {FIRST: SECOND, SECOND: FIRST, TIE: TIE}


@given(rubrics, texts, st.data())
@settings(max_examples=500, deadline=None)
def test_what_was_asked_for_is_read_behind_any_reasons(rubric: Rubric, reasons: str, data: st.DataObject) -> None:
    grade = data.draw(st.sampled_from([*rubric.values]))
    assert rubric.read(f'{reasons}\n{{"verdict": "{grade}"}}') == Verdict(grade)


@given(rubrics, st.text(max_size=200), st.sampled_from([None, "stop", "length"]))
@settings(max_examples=500, deadline=None)
def test_whatever_is_said_is_a_grade_or_lost(rubric: Rubric, said: str, finish: str | None) -> None:
    found = rubric.read(said, finish)
    assert (found.grade is None) is (found.lost is not None)
    assert found.grade is None or found.grade in rubric.values


@given(texts, texts, texts)
def test_each_text_is_between_marks_of_its_own(question: str, one: str, other: str) -> None:
    exhibit = Exhibit(question, (one, other))
    shown = exhibit.shown()
    for name in ("question", "first answer", "second answer"):
        assert shown.count(f"</{name} {exhibit.digest[:8]}>") == 1
    assert (Exhibit(question, (other, one)).digest == exhibit.digest) is (one == other)


@given(st.lists(st.tuples(st.sampled_from([*OTHER]), st.sampled_from([*OTHER])), min_size=1, max_size=7))
def test_who_is_the_candidate_changes_nothing_but_the_sign(said: list[tuple[str, str]]) -> None:
    ours = [ballot_of(Verdict(there), Verdict(back)) for there, back in said]
    theirs = [ballot_of(Verdict(back), Verdict(there)) for there, back in said]
    assert [one.turned for one in ours] == [one.turned for one in theirs]
    one, other = vote_of(ours, BETTER), vote_of(theirs, BETTER)
    assert one is not None
    assert other is not None
    assert one.value == 1.0 - other.value
    assert other.grade == OTHER[one.grade]


@given(rubrics, st.data())
def test_the_order_of_judges_changes_nothing(rubric: Rubric, data: st.DataObject) -> None:
    grades = data.draw(st.lists(st.sampled_from([*rubric.values]), min_size=1, max_size=6))
    mixed = data.draw(st.permutations(grades))
    one, other = (vote_of([Ballot(grade) for grade in each], rubric) for each in (grades, mixed))
    assert one is not None
    assert other is not None
    assert one.value == pytest.approx(other.value)
    assert (one.grade, one.even) == (other.grade, other.even)
    assert min(rubric.values[grade] for grade in grades) <= one.value + 1e-12
    assert one.value <= max(rubric.values[grade] for grade in grades) + 1e-12


@given(st.integers(2, 4), st.data())
@settings(deadline=None)
def test_kappa_lies_within_its_interval_and_knows_no_names(raters: int, data: st.DataObject) -> None:
    ratings = data.draw(st.lists(st.tuples(*[st.sampled_from("abc")] * raters), min_size=1, max_size=30))
    found, renamed = kappa(ratings), kappa([["zyx"["abc".index(one)] for one in row] for row in ratings])
    if math.isnan(found):
        assert {one for row in ratings for one in row} == {ratings[0][0]}
        return
    assert -1.0 <= found.low <= found <= found.high <= 1.0
    assert renamed == pytest.approx(found)
    assert kappa(ratings[::-1]) == pytest.approx(found)
