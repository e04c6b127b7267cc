"""Scorers that compare a text with right ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_fmbench.model.session import Answer
from pytest_fmbench.quality.base import Item, Mark

Compare = Callable[[str, str, tuple[str, ...]], float]
"""How good a text is: what was said, what is right, and all classes, where there are some."""


@dataclass(frozen=True)
class ByText:
    """The best of what a comparison with each right text says, from 0.

    :param first_line: only the first line that is not empty counts; LongBench takes it of few-shot tasks, whose answers
        go on with another example.
    :param demands: raises where the comparison needs a package that is not installed.
    """

    name: str
    compare: Compare
    first_line: bool = False
    needs: str = "answers"
    demands: Callable[[], object] = lambda: None

    def see_that_it_can(self) -> None:
        """See :class:`~pytest_fmbench.quality.base.Demanding`."""
        self.demands()

    def __call__(self, said: Answer, item: Item) -> Mark:
        """See :class:`~pytest_fmbench.quality.base.Scorer`."""
        text = said.text.lstrip("\n").split("\n")[0] if self.first_line else said.text
        truth = item.truth
        return Mark(max((0.0, *(self.compare(text, right, truth.classes) for right in truth.answers))))

    def __repr__(self) -> str:
        return f"{self.name}(first_line={self.first_line})"
