"""Scorers of answers that are whole numbers, as LongBench marks them: the right share of all numbers in the answer.

``retrieval``: the number behind "Paragraph" in the truth; ``retrieval_zh``: behind "段落"; ``count``: the truth itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pytest_fmbench.model.session import Answer
from pytest_fmbench.quality.base import UNPARSABLE, Item, Mark

_NUMBER = re.compile(r"\d+")


def share_of_numbers(said: str, right: str) -> float:
    """How many of the numbers in ``said`` are ``right``, as they are written; 0 where there is none."""
    numbers = _NUMBER.findall(said)
    return numbers.count(right) / len(numbers) if numbers else 0.0


@dataclass(frozen=True)
class ByNumber:
    """See the module.

    :param before: what stands before the number in the truth; empty where the truth is the number.
    """

    name: str
    before: str = ""
    needs: str = "answers"

    def __call__(self, said: Answer, item: Item) -> Mark:
        """See :class:`~pytest_fmbench.quality.base.Scorer`."""
        if not _NUMBER.search(said.text):
            return UNPARSABLE
        rights = [self._number(one) for one in item.truth.answers]
        return Mark(max(share_of_numbers(said.text, one) for one in rights))

    def _number(self, right: str) -> str:
        found = re.search(rf"{self.before}(\d+)", right) if self.before else None
        return found[1] if found else right


SCORERS = {
    "retrieval": ByNumber("retrieval", "Paragraph "),
    "retrieval_zh": ByNumber("retrieval_zh", "段落"),
    "count": ByNumber("count"),
}
