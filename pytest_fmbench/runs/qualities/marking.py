"""The answers to a task of ours: those that are there already, and the others, which are asked; each marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_fmbench.client.dialects.base import Conversing
from pytest_fmbench.model.answered import Answered
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.qualities.asking import spools
from pytest_fmbench.runs.qualities.given import Spent
from pytest_fmbench.runs.qualities.inquiry import Inquiry, Left
from pytest_fmbench.runs.qualities.reading import StoreText, read_back
from pytest_fmbench.store.answers import ANSWERS, read_answers


@dataclass(frozen=True)
class Marking:
    """One deployment and one task of ours.

    :param keep: how much of texts is kept.
    :param case: whose observer is told of it.
    :param heard: told what was said, by item; None where nobody needs it.
    """

    inquiry: Inquiry
    dialect: Conversing
    task: Task
    keep: StoreText
    case: str
    heard: dict[str, str] | None

    def carried_out(self, concurrency: int) -> tuple[dict[str, Answered], Spent]:
        """The answers, in the task's order, and what was spent on them now."""
        records = list[RequestRecord]()
        there = {one.item: one for one in read_answers(self.inquiry.folder / ANSWERS)}
        there |= self._read(self.inquiry.before(), records)
        left = [
            (nth, item.prompt)
            for nth, item in enumerate(self.task.items)
            if not _is_there(there, item.name, self.keep, self.heard)
        ]
        if there and len(left) < len(self.task.items):
            kept = len(self.task.items) - len(left)
            self.inquiry.how.observer.say(f"{self.case}: {kept} of {len(self.task.items)} items were answered before")
        spent = self._ask(left, concurrency, there, records) if left else Spent()
        answers = {item.name: there[item.name] for item in self.task.items}
        if records:
            self.inquiry.keep([*answers.values()], records)
        return answers, spent

    def _ask(self, left: Left, concurrency: int, there: dict[str, Answered], records: list[RequestRecord]) -> Spent:
        asked = list[RequestRecord]()

        def read(spool: Path) -> list[RequestRecord]:
            for name, one in self._read([spool], asked).items():
                if one.error is None or name not in there or there[name].error is not None:
                    there[name] = one
            return asked

        spent = self.inquiry.ask(left, concurrency, read)
        records += asked
        return spent

    def _read(self, spools: Iterable[Path], records: list[RequestRecord]) -> dict[str, Answered]:
        return read_back(spools, self.task, self.dialect, self.keep, records.append, heard=self.heard)


def nothing_is_left(folder: Path, task: Task, keep: StoreText, heard: dict[str, str] | None) -> bool:
    """Whether all answers to ``task`` are there, so that nobody need be asked."""
    if spools(folder):
        return False
    there = {one.item: one for one in read_answers(folder / ANSWERS)}
    return all(_is_there(there, item.name, keep, heard) for item in task.items)


def _is_there(there: Mapping[str, Answered], item: str, keep: StoreText, heard: dict[str, str] | None) -> bool:
    """Whether an item need not be asked."""
    if item not in there or there[item].error is not None:
        return False
    if heard is not None and keep is StoreText.FULL:
        heard.setdefault(item, there[item].text or "")
    return heard is None or item in heard
