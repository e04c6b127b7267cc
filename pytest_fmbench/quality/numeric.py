"""A number within a tolerance: 1 where |said - right| <= max(absolute, relative |right|), else 0.

The last number of the answer counts, as in ``#### 42`` or "so there are 42 of them".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pytest_fmbench.model.session import Answer
from pytest_fmbench.quality.base import UNPARSABLE, Item, Mark

_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?")


def last_number(text: str) -> float | None:
    """The last number of a text, thousands set apart by commas or not; None where there is none."""
    found = _NUMBER.findall(text)
    return float(found[-1].replace(",", "")) if found else None


@dataclass(frozen=True)
class Numeric:
    """See the module.

    :param absolute: difference that does not matter.
    :param relative: share of the right number that does not matter.
    """

    absolute: float = 0.0
    relative: float = 0.0
    name: str = "numeric"
    needs: str = "answers"

    def __call__(self, said: Answer, item: Item) -> Mark:
        """See :class:`~pytest_fmbench.quality.base.Scorer`."""
        number = last_number(said.text)
        if number is None:
            return UNPARSABLE
        rights = [right for right in map(last_number, item.truth.answers) if right is not None]
        return Mark(float(any(self._near(number, right) for right in rights)))

    def _near(self, number: float, right: float) -> bool:
        return abs(number - right) <= max(self.absolute, self.relative * abs(right))


SCORER = Numeric()
