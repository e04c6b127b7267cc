"""What a judge says of a pair that it was shown in both orders, and what a panel says together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from pytest_fmbench.quality.judges.rubric import FIRST, MEAN, SECOND, TIE, Rubric
from pytest_fmbench.quality.judges.verdict import Lost, Verdict

_TURNED = {FIRST: SECOND, SECOND: FIRST, TIE: TIE}


@dataclass(frozen=True)
class Ballot:
    """What one judge says of one item, all orders together.

    :param grade: None where it says nothing.
    :param lost: why it says nothing.
    :param turned: of a pair, whether it said something else the other way round; None where it was not shown so, or
        one of both was lost.
    :param asked: whether it was asked at all.
    """

    grade: str | None = None
    lost: Lost | None = None
    turned: bool | None = None
    asked: bool = True


ALIKE = Ballot(TIE, asked=False)
"""That of every judge, where both answers are the same to the letter."""


@dataclass(frozen=True)
class Vote:
    """What a panel says of one item.

    :param value: from 0 to 1.
    :param grade: that of the most, or the one nearest to the mean.
    :param even: whether no grade had more voices than each other.
    """

    value: float
    grade: str
    even: bool = False


def ballot_of(there: Verdict, back: Verdict | None = None) -> Ballot:
    """A judge's ballot. Of a pair in both orders: what it says both times; else that they are equal.

    :param back: what it says of the pair the other way round; None where it was not asked.
    """
    if back is None or there.grade is None or back.grade is None:
        lost = there.lost or (back.lost if back is not None else None)
        return Ballot(None if lost else there.grade, lost)
    turned = _TURNED[back.grade] != there.grade
    return Ballot(TIE if turned else there.grade, turned=turned)


def vote_of(ballots: Sequence[Ballot], rubric: Rubric) -> Vote | None:
    """What a panel says; None where none of its judges says anything.

    A majority is one of those who say something. Where no grade has more voices than each other: a tie of pairs, else
    what those that have the most are worth in the mean.
    """
    grades = [one.grade for one in ballots if one.grade is not None]
    if not grades:
        return None
    if rubric.vote == MEAN:
        value = fmean(rubric.values[one] for one in grades)
        return Vote(value, _nearest(value, rubric))
    (_, most), *_ = Counter(grades).most_common(1)
    best = [grade for grade, count in Counter(grades).items() if count == most]
    if len(best) == 1:
        return Vote(rubric.values[best[0]], best[0])
    value = rubric.values[TIE] if rubric.pairwise else fmean(rubric.values[one] for one in best)
    return Vote(value, TIE if rubric.pairwise else _nearest(value, rubric), even=True)


def _nearest(value: float, rubric: Rubric) -> str:
    """Of two that are as near the one that is worth less."""
    return min(rubric.values, key=lambda word: (abs(rubric.values[word] - value), rubric.values[word]))
