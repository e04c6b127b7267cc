"""Samples that are sorted and searched for dependence once, however many statistics are asked of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_fmbench.stats.inputs import finite
from pytest_fmbench.stats.order import Order
from pytest_fmbench.stats.reach import centre_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from pytest_fmbench.model.samples import Floats
    from pytest_fmbench.stats.dependence import Dependence


class Prepared:
    """Samples in order of sending, as :func:`prepare` makes them.

    Holds the samples themselves, no copy of an array of floats: they must stay as they are.
    """

    def __init__(self, values: Floats) -> None:
        self.values = values

    @cached_property
    def order(self) -> Order:
        """The samples by size."""
        return Order(self.values)

    @cached_property
    def centre(self) -> list[Dependence]:
        """Dependence at the centre of the samples."""
        return centre_of(self.values, self.order)


def prepare(samples: ArrayLike | Prepared) -> Prepared:
    """``samples``, ready for many statistics: each function of :mod:`pytest_fmbench.stats` takes them for samples.

    :raises UsageError: where one is not finite.
    """
    return samples if isinstance(samples, Prepared) else Prepared(finite(samples))
