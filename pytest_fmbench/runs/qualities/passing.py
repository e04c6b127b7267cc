"""Code that passes tests: 1 where the code of the answer and then the item's tests run to their end, else 0.

Both are Python, and run in the sandbox of :mod:`~pytest_fmbench.runs.qualities.sandbox`, as one program.
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_fmbench.model.session import Answer
from pytest_fmbench.quality.base import Item, Mark
from pytest_fmbench.quality.code import code_in
from pytest_fmbench.runs.qualities.sandbox import sandbox

_SECONDS = 10.0


@dataclass(frozen=True)
class Passing:
    """See the module.

    :param seconds: that it may take, in all.
    """

    seconds: float = _SECONDS
    name: str = "passing"
    needs: str = "tests"

    def see_that_it_can(self) -> None:
        """See :class:`~pytest_fmbench.quality.base.Demanding`."""
        sandbox()

    def __call__(self, said: Answer, item: Item) -> Mark:
        """See :class:`~pytest_fmbench.quality.base.Scorer`."""
        program = f"{code_in(said.text)}\n\n{item.truth.tests}"
        return Mark(float(sandbox().runs_to_its_end(program, self.seconds)))


SCORER = Passing()
