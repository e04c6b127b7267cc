"""Having answers judged by a panel, after all that is measured of who gave them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_fmbench.errors import InvalidMeasurement
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.quality.base import Item
from pytest_fmbench.quality.judges.exhibit import Exhibit
from pytest_fmbench.quality.judges.panel import Judges
from pytest_fmbench.quality.judges.verdict import Verdict
from pytest_fmbench.quality.judges.vote import ALIKE, Ballot, ballot_of
from pytest_fmbench.runs.qualities.given import NOTHING, Given
from pytest_fmbench.runs.qualities.hearing import Hearing
from pytest_fmbench.runs.qualities.judgements import Ballots, Judgements
from pytest_fmbench.store.verdicts import VERDICTS, VerdictRow, write_verdicts

_NOBODY_KNOWS = "Nobody can know. To say so is right, and any other answer is made up."


@dataclass(frozen=True)
class _Shown:
    """What judges are shown of one item.

    :param there: in the order in which a rubric names them, the candidate's first.
    :param back: the other way round; None where that is not shown.
    """

    there: Exhibit
    back: Exhibit | None = None

    @property
    def alike(self) -> bool:
        """Whether there is nothing to compare."""
        return len(self.there.answers) > len({*self.there.answers})

    def ballot(self, verdicts: Mapping[Exhibit, Verdict]) -> Ballot:
        if self.alike:
            return ALIKE
        return ballot_of(verdicts[self.there], None if self.back is None else verdicts[self.back])

    def exhibits(self) -> Iterator[Exhibit]:
        if not self.alike:
            yield from filter(None, (self.there, self.back))


def judge_answers(hearing: Hearing, judges: Judges, given: Given, before: Given | None, folder: Path) -> Judgements:
    """Have the answers judged.

    :param before: the baseline's.
    :param folder: where the table of judgements goes.
    :raises EnvironmentFault: when the server of a judge broke, or nobody answers.
    :raises InvalidMeasurement: when too much of what judges said cannot be read, with how much, and why.
    :raises StoreError: when something cannot be written.
    """
    shown = _shown_of(judges, given, before)
    exhibits = [*dict.fromkeys(one for part in shown.values() for it in part.values() for one in it.exhibits())]
    heard = [hearing.of(judge, judges, exhibits) for judge in judges.panel.judges]

    def ballots(part: str) -> dict[str, Ballots]:
        return {item: tuple(it.ballot(one.verdicts) for one in heard) for item, it in shown[part].items()}

    found = Judgements(
        judges,
        len(given.task.items),
        ballots("answers"),
        ballots("baseline"),
        [*ballots("labelled").values()],
        sum(one.known for one in heard),
        sum((one.spent for one in heard), NOTHING),
    )
    write_verdicts(folder / VERDICTS, _rows(found))
    _see_that_enough_is_read(found)
    return found


def _shown_of(judges: Judges, given: Given, before: Given | None) -> dict[str, dict[str, _Shown]]:
    """What is shown of each item, by whose answers it is of."""
    labelled = {str(nth): _both(one.exhibit, judges) for nth, one in enumerate(judges.panel.labelled)}
    old = {} if before is None else before.texts
    parts = {"answers": dict[str, _Shown](), "baseline": dict[str, _Shown](), "labelled": labelled}
    for item in given.task.items:
        new = given.texts.get(item.name)
        if judges.rubric.pairwise and new is not None and item.name in old:
            parts["answers"][item.name] = _both(_exhibit(item, new, old[item.name]), judges)
        elif not judges.rubric.pairwise:
            if new is not None:
                parts["answers"][item.name] = _Shown(_exhibit(item, new))
            if item.name in old:
                parts["baseline"][item.name] = _Shown(_exhibit(item, old[item.name]))
    return parts


def _both(exhibit: Exhibit, judges: Judges) -> _Shown:
    """A pair in both orders, where that is wanted."""
    if not (judges.rubric.pairwise and judges.panel.swap):
        return _Shown(exhibit)
    return _Shown(exhibit, Exhibit(exhibit.question, exhibit.answers[::-1], exhibit.references))


def _exhibit(item: Item, *answers: str) -> Exhibit:
    truth, said = item.truth, item.prompt.messages
    one = len(said) == 1
    question = said[0].content if one else "\n\n".join(f"{message.role}: {message.content}" for message in said)
    return Exhibit(question, answers, (_NOBODY_KNOWS,) if truth.unanswerable else truth.answers)


def _rows(found: Judgements) -> Iterator[VerdictRow]:
    for of, item, ballots in found.ballots:
        for judge, one in zip(found.judges.panel.names, ballots, strict=True):
            if one.asked:
                yield VerdictRow(item, of, judge, one.grade, one.lost.value if one.lost else None, one.turned)


def _see_that_enough_is_read(found: Judgements) -> None:
    asked = [one for _, _, ballots in found.ballots for one in ballots if one.asked]
    lost, most = sum(one.lost is not None for one in asked), found.judges.panel.unread
    if lost > most * len(asked):
        share, limit = show(lost / len(asked), Unit.SHARE), show(most, Unit.SHARE)
        raise InvalidMeasurement(
            f"{lost} of {len(asked)} judgements ({share}) could not be had, more than {limit}: {_causes(found)}. "
            "Judges that answer in the form that they are asked for, a rubric with more tokens, or panel(..., unread=) "
            "would change that"
        )


def _causes(found: Judgements) -> str:
    """``judge: 8 prose, 2 refused``, each that lost some."""
    each = {judge: [f"{count} {why}" for why, count in causes.items()] for judge, causes in found.lost().items()}
    return "; ".join(f"{judge}: {', '.join(causes)}" for judge, causes in each.items())
