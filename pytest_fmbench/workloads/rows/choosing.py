"""Which rows are asked: those that pass the filters, so many of them, in their order or drawn at random."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from math import inf
from typing import NamedTuple

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.workloads.rows.base import Form, Reader, Record, Unusable
from pytest_fmbench.workloads.rows.cells import shown

_LOOKED_AT = 1_000
"""Rows after which a column that none had is a mistake."""
_NAMED = 40

Where = tuple[tuple[str, tuple[object, ...]], ...]


class Ready(NamedTuple):
    """A prompt as it is asked.

    :param tokens: input tokens that it takes; None where they were not counted.
    :param cut: whether it is shorter than the row's.
    """

    prompt: Prompt
    tokens: int | None = None
    cut: bool = False


@dataclass(frozen=True)
class Choice:
    """Which rows.

    :param where: what a column must hold, one of several values.
    :param tokens: input tokens at least and at most; None is any.
    :param most_input: longer prompts are cut to so many input tokens.
    :param rows: so many; None is all.
    :param seed: of a random sample; None takes rows as they come.
    """

    where: Where = ()
    tokens: tuple[int | None, int | None] | None = None
    most_input: int | None = None
    rows: int | None = None
    seed: int | None = None

    @property
    def counted(self) -> bool:
        """Whether it takes to know how many tokens prompts are."""
        return self.tokens is not None or self.most_input is not None

    def see(self, record: Record) -> None:
        """See that a row passes what can be told by its columns.

        :raises Unusable: when it does not.
        """
        for column, values in self.where:
            if column not in record:
                raise Unusable(f"without {column!r}")
            if not any(value == record[column] or str(value) == record[column] for value in values):
                raise Unusable(f"by {column!r}")


@dataclass(frozen=True)
class Kept:
    """What is asked of a source, and what is not.

    :param ready: prompts in the order in which they are asked.
    :param left: rows that are not asked, by reason.
    :param read: rows that were looked at.
    """

    ready: tuple[Ready, ...]
    left: dict[str, int]
    read: int


@dataclass
class Choosing:
    """One choice among the rows of a source.

    :param finished: makes a prompt what is asked; raises :class:`Unusable` for one that is not.
    """

    reader: Reader
    form: Form
    choice: Choice
    finished: Callable[[Prompt], Ready]
    _left: Counter[str] = field(default_factory=Counter)
    _read: int = 0
    _seen: dict[str, None] = field(default_factory=dict)

    def kept(self) -> Kept:
        """The choice.

        :raises UnknownName: for a column that no row has.
        :raises UsageError: when no row can be asked, or the source cannot be read.
        """
        ready = tuple(self._sample() if self.choice.seed is not None else self._in_order())
        if not ready:
            raise self._nothing()
        return Kept(ready, dict(self._left.most_common()), self._read)

    def _in_order(self) -> Iterator[Ready]:
        wanted = inf if self.choice.rows is None else self.choice.rows
        if wanted == 0:
            return
        for prompt in self._candidates(self._left):
            for ready in self._finished(prompt):
                yield ready
                wanted -= 1
            if wanted == 0:
                return

    def _sample(self) -> Iterator[Ready]:
        """Candidates by a random key each, the least first, as many as are wanted: as good as a shuffle of all, and
        holds no more than are wanted; where some are left out for their tokens, the source is gone through again.
        """
        wanted, least = inf if self.choice.rows is None else self.choice.rows, -1.0
        batch, first = wanted, True
        while wanted > 0:
            drawn = self._least_keys(batch, least, self._left if first else Counter())
            for key, prompt in drawn:
                least = key
                for ready in self._finished(prompt):
                    yield ready
                    wanted -= 1
                if wanted == 0:
                    return
            if len(drawn) < batch:
                return
            batch, first = 2 * batch, False

    def _least_keys(self, most: float, beyond: float, left: Counter[str]) -> list[tuple[float, Prompt]]:
        """Of the candidates whose key is more than ``beyond``, the ``most`` with the least, in order."""
        keys = random.Random(self.choice.seed)  # noqa: S311  # a sample, not a secret
        heap = list[tuple[float, int, Prompt]]()
        for nth, prompt in enumerate(self._candidates(left)):
            key = keys.random()
            if key <= beyond:
                continue
            if len(heap) < most:
                heappush(heap, (-key, nth, prompt))
            elif key < -heap[0][0]:
                heappushpop(heap, (-key, nth, prompt))
        return [(-key, prompt) for key, _, prompt in sorted(heap, reverse=True)]

    def _candidates(self, left: Counter[str]) -> Iterator[Prompt]:
        """Prompts of the rows that pass what can be told without a server; the others are counted."""
        columns = dict.fromkeys((*self.form.columns, *(column for column, _ in self.choice.where)))
        found = 0
        for read, record in enumerate(self.reader.records(tuple(columns)), 1):
            self._read = max(self._read, read)
            try:
                prompt = self._prompt(record)
            except Unusable as reason:
                left[str(reason)] += 1
                if not found and read == _LOOKED_AT:
                    self._see_columns(columns)
                continue
            found += 1
            yield prompt

    def _prompt(self, record: Record | str) -> Prompt:
        if isinstance(record, str):
            raise Unusable(record)
        if len(self._seen) < _NAMED:
            self._seen.update(dict.fromkeys(record))
        self.choice.see(record)
        return self.form.prompt(record, self.reader.folder)

    def _finished(self, prompt: Prompt) -> Iterator[Ready]:
        try:
            yield self.finished(prompt)
        except Unusable as reason:
            self._left[str(reason)] += 1

    def _see_columns(self, columns: dict[str, None]) -> None:
        for column in columns:
            if self._seen and column not in self._seen:
                raise UnknownName(f"column of {self.reader}", column, shown(self._seen))

    def _nothing(self) -> UsageError:
        if not self._read:
            return UsageError(f"{self.reader} holds no row")
        columns = dict.fromkeys((*self.form.columns, *(column for column, _ in self.choice.where)))
        self._see_columns(columns)
        told = ", ".join(f"{count:,} {reason}" for reason, count in self._left.most_common())
        return UsageError(f"{self.reader} holds no row that can be asked; left out of {self._read:,}: {told}")
