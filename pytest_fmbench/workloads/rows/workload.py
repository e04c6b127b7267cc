"""Rows of text as a workload."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.workloads.rows.base import Form, Reader
from pytest_fmbench.workloads.rows.choosing import Choice, Choosing, Kept, Ready
from pytest_fmbench.workloads.rows.dressing import dressing
from pytest_fmbench.workloads.rows.fitting import Count, aside, fitting

_TRIED_TOKENS = 4
"""A shorter reply would not tell whether the server goes on beyond its end token."""
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class Asked:
    """What is asked of which source, before it is read.

    :param chat_template: the tokenizer whose chat template is applied here; None leaves it to the server.
    """

    reader: Reader
    form: Form
    choice: Choice
    chat_template: str | None = None

    def kept(self, count: Count | None = None) -> Kept:
        """The prompts.

        :param count: tells how many tokens a prompt is.
        :raises UsageError: when there is none, the source cannot be read, or tokens must be counted and cannot be.
        """
        finished = fitting(self.choice, dressing(self.chat_template), count)
        return Choosing(self.reader, self.form, self.choice, finished).kept()

    def check(self) -> None:
        """Read until one row could be asked, whatever its tokens.

        :raises UsageError: when none could.
        """
        dressed, choice = dressing(self.chat_template), Choice(self.choice.where, rows=1)
        Choosing(self.reader, self.form, choice, lambda prompt: Ready(dressed(prompt))).kept()


@dataclass(frozen=True)
class Rows:
    """Prompts that are rows of a source; see :class:`~pytest_fmbench.workloads.rows.options.Options`.

    The source is read where it is asked for first. What is fitted to a model holds its prompts, so that load processes
    get them as they are and read nothing.

    :param words: how it was written, for the records.
    :param label: what it is called in node ids.
    """

    asked: Asked
    words: str
    label: str
    fitted: Kept | None = field(default=None, compare=False)

    def fit(self, count: Count) -> Rows:
        """The same, with its prompts, for a model whose tokenizer counts as ``count`` does.

        :raises UsageError: when there is none, or the source cannot be read.
        """
        return replace(self, fitted=self.asked.kept(count) if self.asked.choice.counted else self._kept)

    def check(self) -> None:
        """Read the source; where tokens must be counted, until one row could be asked.

        :raises UsageError: when it cannot be read, or holds no row that can be asked.
        """
        if self.asked.choice.counted:
            self.asked.check()
        else:
            self._kept  # noqa: B018  # read, and kept

    def prompt(self, index: int, seed: int) -> Prompt:
        """Row ``index`` of those that are asked; behind the last one the first comes again. Each seed begins elsewhere.

        :raises UsageError: when the source cannot be read, or tokens must be counted and it is not fitted yet.
        """
        ready = self._kept.ready
        return ready[(index + int(seed * _GOLDEN % 1 * len(ready))) % len(ready)].prompt

    def least(self, seed: int) -> Prompt:  # noqa: ARG002  # the smallest is the smallest
        """The shortest, behind a line that no run asks, so that no cache knows it."""
        tried = aside(self._smallest)
        return replace(tried, max_tokens=max(_TRIED_TOKENS, tried.max_tokens)) if tried.ignore_eos else tried

    def input_tokens(self, tried: int | None) -> int | None:
        """How many a request takes on average: counted, or by its characters and what the smallest took."""
        ready = self._kept.ready
        counted = [one.tokens for one in ready if one.tokens is not None]
        if counted:
            return round(sum(counted) / len(counted))
        if tried is None:
            return None
        mean = sum(_characters(one.prompt) for one in ready) / len(ready)
        return round(tried * max(1.0, mean / max(1, _characters(aside(self._smallest)))))

    def beyond(self, context: int) -> int:
        """How many requests are known to take more than ``context`` tokens; none, where they were not counted."""
        return sum(one.tokens is not None and one.tokens + one.prompt.max_tokens > context for one in self._kept.ready)

    def notes(self) -> list[str]:
        """What was left out and what was changed."""
        from pytest_fmbench.workloads.rows.telling import notes

        return notes(self.facts())

    def facts(self) -> dict[str, Any]:
        """How many rows were read, left out and are asked; how long they are."""
        from pytest_fmbench.workloads.rows.telling import facts

        return facts(self._kept, str(self.asked.reader), self.asked.choice.most_input)

    @property
    def _kept(self) -> Kept:
        return _read(self.asked) if self.fitted is None else self.fitted

    @property
    def _smallest(self) -> Prompt:
        return min((one.prompt for one in self._kept.ready), key=lambda one: _characters(one) + one.max_tokens)

    def __repr__(self) -> str:
        return self.words

    def __str__(self) -> str:
        return self.label


@lru_cache(maxsize=4)
def _read(asked: Asked) -> Kept:
    return asked.kept()


def _characters(prompt: Prompt) -> int:
    return sum(len(message.content) for message in prompt.messages)
