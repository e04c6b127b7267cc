"""The answers to a task of ours: those that are there already, and the others, which are asked; each marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_fmbench.client.dialects.base import Conversing
from pytest_fmbench.model.answered import Answered
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.qualities.hearing import Hearing, Left
from pytest_fmbench.runs.qualities.reading import StoreText, read_back
from pytest_fmbench.store.answers import ANSWERS, read_answers


@dataclass(frozen=True)
class Marking:
    """One deployment and one task of ours.

    :param keep: how much of texts is kept.
    :param case: whose observer is told of it.
    """

    hearing: Hearing
    dialect: Conversing
    task: Task
    keep: StoreText
    case: str

    def carried_out(self, concurrency: int) -> tuple[dict[str, Answered], float | None]:
        """The answers, in the task's order, and what they cost now."""
        records = list[RequestRecord]()
        there = {one.item: one for one in read_answers(self.hearing.folder / ANSWERS)}
        there |= self._read(self.hearing.before(), records)
        left = [(nth, item.prompt) for nth, item in enumerate(self.task.items) if not _is_answered(there, item.name)]
        if there and len(left) < len(self.task.items):
            kept = len(self.task.items) - len(left)
            self.hearing.how.observer.say(f"{self.case}: {kept} of {len(self.task.items)} items were answered before")
        usd = None
        if left:
            usd = self._ask(left, concurrency, there, records)
        answers = {item.name: there[item.name] for item in self.task.items}
        if records:
            self.hearing.keep([*answers.values()], records)
        return answers, usd

    def _ask(
        self, left: Left, concurrency: int, there: dict[str, Answered], records: list[RequestRecord]
    ) -> float | None:
        asked = list[RequestRecord]()

        def read(spool: Path) -> list[RequestRecord]:
            there.update(self._read([spool], asked))
            return asked

        usd = self.hearing.ask(left, concurrency, read)
        records += asked
        return usd

    def _read(self, spools: Iterable[Path], records: list[RequestRecord]) -> dict[str, Answered]:
        return read_back(spools, self.task, self.dialect, self.keep, records.append)


def _is_answered(there: Mapping[str, Answered], item: str) -> bool:
    return item in there and there[item].error is None
