"""A workload made of another: each of its prompts is one of the other's, changed, or several put together.

What the other is, it is too: of a file, recorded, fitted to a model.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, cast

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.finite import Finite
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.recorded import Recorded
from pytest_fmbench.model.workload import Fitted, Prompts

if TYPE_CHECKING:
    from pytest_fmbench.model.recorded import Times


class Change(Protocol):
    """What becomes of prompts: a frozen dataclass."""

    @property
    def takes(self) -> int:
        """How many of the other's prompts one is made of."""
        ...

    def changed(self, prompts: tuple[Prompt, ...], index: int, seed: int) -> Prompt:
        """Prompt ``index``, of those of the other that are its own."""
        ...

    def models(self) -> tuple[str, ...]:
        """Those that it asks for by name."""
        ...


@dataclass(frozen=True)
class Over:
    """See :func:`over`.

    :param words: how it was written, up to the other, for the records.
    """

    of: Prompts
    change: Change
    words: str

    @property
    def models(self) -> tuple[str, ...]:
        """Those that it asks for by name."""
        return self.change.models()

    def prompt(self, index: int, seed: int) -> Prompt:
        """Prompt ``index``; a pure function of both arguments."""
        takes = self.change.takes
        own = tuple(self.of.prompt(index * takes + nth, seed) for nth in range(takes))
        return self.change.changed(own, index, seed)

    def fit(self, count: Callable[[Prompt], int]) -> Over:
        """The same, for a model that counts the input tokens of a prompt as ``count`` does."""
        return replace(self, of=cast("Prompts", self.of.fit(count))) if isinstance(self.of, Fitted) else self

    def __repr__(self) -> str:
        return f"{self.words}{self.of!r})"

    def __str__(self) -> str:
        return re.sub(r"[^\w.+,:-]+", "_", f"{self.words}{self.of}").strip("_")


@dataclass(frozen=True, repr=False)
class FiniteOver(Over):
    """Over a workload of which there is only so much."""

    def check(self) -> None:
        """See :class:`~pytest_fmbench.model.finite.Finite`, as all that follows."""
        self._finite.check()

    def least(self, seed: int) -> Prompt:
        """The smallest request."""
        return self.change.changed((self._finite.least(seed),) * self.change.takes, 0, seed)

    def input_tokens(self, tried: int | None) -> int | None:
        """How many a request takes on average."""
        takes = self.change.takes
        each = self._finite.input_tokens(None if tried is None else tried // takes)
        return None if each is None else each * takes

    def beyond(self, context: int) -> int:
        """How many requests take more than ``context`` tokens; not known of several together."""
        return self._finite.beyond(context) if self.change.takes == 1 else 0

    def notes(self) -> list[str]:
        """What a reader of the figures should know."""
        return self._finite.notes()

    def facts(self) -> dict[str, Any]:
        """What it is made of; where several are put together, each comes once in so many requests."""
        told = self._finite.facts()
        return {**told, "requests": -(-int(told["requests"]) // self.change.takes)}

    @property
    def _finite(self) -> Finite:
        return cast("Finite", self.of)


@dataclass(frozen=True, repr=False)
class RecordedOver(FiniteOver):
    """Over a trace, at whose times it can be asked."""

    def times_ns(self) -> Times:
        """See :class:`~pytest_fmbench.model.recorded.Recorded`, as all that follows."""
        return self._recorded.times_ns()

    def tick_ns(self) -> int:
        """How far the times lie apart where they are coarse."""
        return self._recorded.tick_ns()

    def within(self, start_s: float, stop_s: float) -> RecordedOver:
        """The requests that came in ``[start_s, stop_s)``."""
        return replace(self, of=self._recorded.within(start_s, stop_s))

    @property
    def _recorded(self) -> Recorded:
        return cast("Recorded", self.of)


def over(of: Prompts, change: Change, words: str) -> Over:
    """``of``, changed. One whose prompts take several of another's has no times of its own.

    :param words: how it was written, up to the other.
    :raises UsageError: for a workload of sessions.
    """
    if not hasattr(of, "prompt"):
        raise UsageError(
            f"{words}{of!r}): a session asks by what it was answered, so its prompts cannot be changed before"
        )
    if isinstance(of, Recorded) and change.takes == 1:
        return RecordedOver(of, change, words)
    return FiniteOver(of, change, words) if isinstance(of, Finite) else Over(of, change, words)
