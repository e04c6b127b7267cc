"""Classification, LongBench's ``classification_score``: 1 / so many classes that the answer names, if the right one is.

A class whose name is part of the right one's does not count as named. The published code takes such names out of the
list that it goes through, and so looks past the one behind each; that is kept, since it changes scores.
"""

from __future__ import annotations

from pytest_fmbench.model.session import Answer
from pytest_fmbench.quality.base import Item, Mark
from pytest_fmbench.quality.by_text import ByText


def classification(said: str, right: str, classes: tuple[str, ...]) -> float:
    """1 / n, or 0."""
    named, nth = [one for one in classes if one in said], 0
    while nth < len(named):
        if named[nth] in right and named[nth] != right:
            named.remove(named[nth])
        nth += 1
    return 1.0 / len(named) if right in named else 0.0


class _Classification(ByText):
    def __call__(self, said: Answer, item: Item) -> Mark:
        """As of any text; one that names no class has not the form that was asked for."""
        mark = super().__call__(said, item)
        return Mark(mark.value, parsed=any(one in said.text for one in item.truth.classes))


SCORER = _Classification("classification", classification)
