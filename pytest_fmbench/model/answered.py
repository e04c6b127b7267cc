"""What was said to one item of a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answered:
    """An item that was asked.

    :param item: its name.
    :param text: what was said, or its hash, or nothing, as far as texts are stored; tool calls stand behind it as JSON.
    :param output_tokens: the server's count, else ours; None where the request failed.
    :param abstained: it says that it is no answer.
    :param parsed: it has the form that was asked for.
    :param error: why the request failed; None where it did not. Then it has no score.
    :param scores: from 0 to 1, by scorer, the one for ``quality.score`` first.
    """

    item: str
    text: str | None = None
    output_tokens: int | None = None
    finish_reason: str | None = None
    abstained: bool = False
    parsed: bool = True
    error: str | None = None
    scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """That of its first scorer."""
        return next(iter(self.scores.values()))

    @property
    def wrong(self) -> bool:
        """It is worth nothing, and does not say that it is none."""
        return not self.abstained and self.score == 0.0
