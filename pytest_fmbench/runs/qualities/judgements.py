"""What a panel says of the answers to a task, and numbers with intervals that are made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.units import Unit
from pytest_fmbench.quality.figures import DELTA, JUDGED
from pytest_fmbench.quality.judges.panel import Judges
from pytest_fmbench.quality.judges.rubric import MAJORITY, TIE
from pytest_fmbench.quality.judges.vote import Ballot, Vote, vote_of
from pytest_fmbench.runs.qualities.given import NOTHING, Spent
from pytest_fmbench.stats.bounded import bounded_mean
from pytest_fmbench.stats.kappa import kappa

Ballots = tuple[Ballot, ...]
"""Of one item, one a judge, in the panel's order."""

JUDGED_DELTA = f"{JUDGED}{DELTA}"


def names_of(judges: Judges, *, against: bool) -> tuple[str, ...]:
    """What judges tell, without ``quality.``.

    :param against: whether there is a baseline.
    """
    rubric, panel = judges.rubric, judges.panel
    there = {
        JUDGED: not rubric.pairwise,
        JUDGED_DELTA: not rubric.pairwise and against,
        "win_rate": rubric.pairwise,
        "ties": rubric.vote == MAJORITY,
        "position_bias": rubric.pairwise and panel.swap,
        "unread": True,
        "agreement": len(panel.judges) > 1,
        "calibration": bool(panel.labelled),
        "calibration_kappa": bool(panel.labelled),
    }
    return tuple(name for name, holds in there.items() if holds)


@dataclass(frozen=True)
class Judgements:
    """The ballots of a panel.

    :param items: how many a task has, answered or not.
    :param answers: ballots by item, of those that were answered; of pairs, of those that both answered.
    :param baseline: likewise of its own answers; empty where these are not judged.
    :param labelled: in the order of the panel's labelled answers.
    :param known: verdicts that needed not be asked for.
    :param spent: on judging, now.
    """

    judges: Judges
    items: int
    answers: Mapping[str, Ballots]
    baseline: Mapping[str, Ballots]
    labelled: Sequence[Ballots]
    known: int = 0
    spent: Spent = NOTHING

    def estimate(self, name: str, confidence: float, full: str) -> Estimate:
        """A figure of :func:`names_of`; what is not known of an item counts as anything that it could be."""
        if name == "agreement":
            return kappa(self._all_read(), confidence=confidence, name=full)
        if name == "calibration_kappa":
            pairs = [(vote.grade, label) for vote, label in self._against_labels() if vote is not None]
            return kappa(pairs, confidence=confidence, name=full)
        values, least = self.values(name), -1.0 if name == JUDGED_DELTA else 0.0
        unit = Unit.DIFFERENCE if name == JUDGED_DELTA else Unit.SHARE
        unknowns = self._count(name) - len(values)
        return bounded_mean(values, least, unknowns=unknowns, confidence=confidence, name=full, unit=unit)

    def values(self, name: str) -> list[float]:
        """What a figure is the mean of, one an item; of kappas, whether all are of one mind."""
        made: Mapping[str, Callable[[], list[float]]] = {
            "calibration": self._right,
            "calibration_kappa": self._right,
            "agreement": lambda: [float(len({*grades}) == 1) for grades in self._all_read()],
            JUDGED_DELTA: self._differences,
            "unread": lambda: [fmean(one.lost is not None for one in ballots) for ballots in self._asked()],
            "position_bias": self._turned,
            "ties": lambda: [float(self._is_tie(vote)) for _, vote in self._votes(self.answers)],
        }
        return made[name]() if name in made else [vote.value for _, vote in self._votes(self.answers)]

    @property
    def ballots(self) -> Iterator[tuple[str, str, Ballots]]:
        """All, with what they are of, ``answers``, ``pairs``, ``baseline`` or ``labelled``, and of which item."""
        ours = "pairs" if self.judges.rubric.pairwise else "answers"
        yield from ((ours, item, ballots) for item, ballots in self.answers.items())
        yield from (("baseline", item, ballots) for item, ballots in self.baseline.items())
        yield from (("labelled", str(nth), ballots) for nth, ballots in enumerate(self.labelled))

    def lost(self) -> dict[str, dict[str, int]]:
        """How many ballots were lost, by judge and why; judges who lost none are left out."""
        found = {name: Counter[str]() for name in self.judges.panel.names}
        for _, _, ballots in self.ballots:
            for name, ballot in zip(found, ballots, strict=True):
                if ballot.lost is not None:
                    found[name][ballot.lost.value] += 1
        return {name: dict(counts.most_common()) for name, counts in found.items() if counts}

    def told(self) -> dict[str, Any]:
        """How it was judged, as plain values."""
        panel, spent = self.judges.panel, self.spent
        return {
            "judges": [*panel.names],
            "rubric": self.judges.rubric.name,
            "asks": self.judges.rubric.asks,
            "swap": self.judges.rubric.pairwise and panel.swap,
            "labelled": len(panel.labelled),
            "ballots": sum(one.asked for _, _, ballots in self.ballots for one in ballots),
            "lost": self.lost(),
            "known": self.known,
            "requests": spent.requests,
            "input_tokens": spent.input_tokens,
            "output_tokens": spent.output_tokens,
            "usd": spent.usd,
        }

    def _votes(self, of: Mapping[str, Ballots]) -> Iterator[tuple[str, Vote]]:
        for item, ballots in of.items():
            vote = vote_of(ballots, self.judges.rubric)
            if vote is not None:
                yield item, vote

    def _asked(self) -> list[Ballots]:
        """Ballots on answers of which any judge was asked."""
        return [ballots for ballots in self.answers.values() if ballots[0].asked]

    def _right(self) -> list[float]:
        return [float(vote.grade == label) for vote, label in self._against_labels() if vote is not None]

    def _differences(self) -> list[float]:
        before = {item: vote.value for item, vote in self._votes(self.baseline)}
        return [vote.value - before[item] for item, vote in self._votes(self.answers) if item in before]

    def _turned(self) -> list[float]:
        turned = ([one.turned for one in ballots if one.turned is not None] for ballots in self._asked())
        return [fmean(one) for one in turned if one]

    def _is_tie(self, vote: Vote) -> bool:
        return vote.even or (self.judges.rubric.pairwise and vote.grade == TIE)

    def _against_labels(self) -> Iterator[tuple[Vote | None, str]]:
        for one, ballots in zip(self.judges.panel.labelled, self.labelled, strict=True):
            yield vote_of(ballots, self.judges.rubric), one.grade

    def _all_read(self) -> list[list[str]]:
        """Grades of items of which each judge was asked, and says something."""
        found = ([one.grade for one in ballots if one.grade is not None] for ballots in self._asked())
        return [grades for grades in found if len(grades) == len(self.judges.panel.judges)]

    def _count(self, name: str) -> int:
        """Of how many items a figure would be, were all known."""
        if name.startswith("calibration"):
            return len(self.labelled)
        return len(self.values(name)) if name in ("unread", "position_bias") else self.items
