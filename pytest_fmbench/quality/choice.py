"""Multiple choice, as LongBench v2 reads it: the letter behind "The correct answer is", with parentheses or without.

``extract_answer`` of ``pred.py`` in https://github.com/THUDM/LongBench; asterisks are taken out first.
An answer without that sentence is wrong there, and counted as unparsable here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pytest_fmbench.model.session import Answer
from pytest_fmbench.quality.base import UNPARSABLE, Item, Mark

_FORMS = (re.compile(r"The correct answer is \(([A-D])\)"), re.compile(r"The correct answer is ([A-D])"))


def chosen(said: str) -> str | None:
    """The letter; None where there is none. A letter in parentheses wins, wherever it stands."""
    plain = said.replace("*", "")
    return next((found[1] for found in (form.search(plain) for form in _FORMS) if found), None)


@dataclass(frozen=True)
class Choice:
    """1 where the right letter was chosen."""

    name: str = "choice"
    needs: str = "answers"

    def __call__(self, said: Answer, item: Item) -> Mark:
        """See :class:`~pytest_fmbench.quality.base.Scorer`."""
        letter = chosen(said.text.strip())
        return UNPARSABLE if letter is None else Mark(float(letter in item.truth.answers))


SCORER = Choice()
