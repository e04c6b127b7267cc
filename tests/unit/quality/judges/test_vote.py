from __future__ import annotations

import pytest

from pytest_fmbench.quality.judges.presets import BETTER, CORRECT, HELPFUL
from pytest_fmbench.quality.judges.rubric import Rubric
from pytest_fmbench.quality.judges.verdict import Lost, Verdict
from pytest_fmbench.quality.judges.vote import Ballot, Vote, ballot_of, vote_of


def say(*grades: str | None) -> list[Ballot]:
    return [Ballot(one, None if one else Lost.PROSE) for one in grades]


@pytest.mark.parametrize(
    ("rubric", "grades", "vote"),
    [
        (CORRECT, ("correct", "correct", "incorrect"), Vote(1.0, "correct")),
        (CORRECT, ("incorrect", "correct", "incorrect"), Vote(0.0, "incorrect")),
        (CORRECT, ("correct", "incorrect"), Vote(0.5, "incorrect", even=True)),
        (CORRECT, ("correct", None, None), Vote(1.0, "correct")),
        (CORRECT, (None, None), None),
        (HELPFUL, ("5", "4", "1"), Vote(1.75 / 3, "3")),
        (HELPFUL, ("5", "4"), Vote(0.875, "4")),
        (HELPFUL, ("3", None), Vote(0.5, "3")),
        (BETTER, ("first", "first", "tie"), Vote(1.0, "first")),
        (BETTER, ("first", "second", "tie"), Vote(0.5, "tie", even=True)),
        (BETTER, ("first", "tie"), Vote(0.5, "tie", even=True)),
        (BETTER, ("tie", "tie", "second"), Vote(0.5, "tie")),
        (BETTER, ("second",), Vote(0.0, "second")),
    ],
)
def test_a_panel_votes(rubric: Rubric, grades: tuple[str | None, ...], vote: Vote | None) -> None:
    assert vote_of(say(*grades), rubric) == vote


@pytest.mark.parametrize(
    ("there", "back", "ballot"),
    [
        ("first", "second", Ballot("first", turned=False)),
        ("second", "first", Ballot("second", turned=False)),
        ("tie", "tie", Ballot("tie", turned=False)),
        ("first", "first", Ballot("tie", turned=True)),
        ("second", "second", Ballot("tie", turned=True)),
        ("first", "tie", Ballot("tie", turned=True)),
        ("tie", "first", Ballot("tie", turned=True)),
        (None, "first", Ballot(lost=Lost.REFUSED)),
        ("first", None, Ballot(lost=Lost.REFUSED)),
    ],
)
def test_a_pair_is_judged_in_both_orders(there: str | None, back: str | None, ballot: Ballot) -> None:
    first, second = (Verdict(one, None if one else Lost.REFUSED) for one in (there, back))
    assert ballot_of(first, second) == ballot


def test_one_order_alone_tells_no_bias() -> None:
    assert ballot_of(Verdict("first")) == Ballot("first")
    assert ballot_of(Verdict(lost=Lost.CUT)) == Ballot(lost=Lost.CUT)
