"""What a comparison's attributes are: a metric of two deployments, by its statistics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_fmbench.errors import UnknownName
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.runs.figures import STATISTICS

if TYPE_CHECKING:
    from pytest_fmbench.runs.comparing.compare import Comparison

COMPARABLE = tuple(one for one in STATISTICS if one != "max")


@dataclass(frozen=True)
class Contrasted:
    """A metric of many values, of two deployments: ``.p95`` and so on, each a :class:`Against`."""

    _comparison: Comparison
    _metric: str

    def __getattr__(self, statistic: str) -> Against:
        __tracebackhide__ = True
        if statistic.startswith("_"):
            raise AttributeError(statistic)
        try:
            return self._comparison.against(f"{self._metric}.{statistic.replace('_', '.')}")
        except UnknownName as error:
            raise AttributeError(str(error)) from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *COMPARABLE]


@dataclass(frozen=True)
class ContrastedFamily:
    """Metrics whose names begin alike, as those of tasks: ``comparison.task.e2e.p50.ratio``."""

    _comparison: Comparison
    _name: str

    def __getattr__(self, word: str) -> Contrasted | Against:
        __tracebackhide__ = True
        if word.startswith("_"):
            raise AttributeError(word)
        return self._comparison.of_metric(f"{self._name}.{word}")


@dataclass(frozen=True)
class Against:
    """One statistic of two deployments.

    :param baseline: in SI units, of all blocks together; ``candidate`` likewise.
    :param ratio: candidate / baseline, with its interval.
    """

    baseline: float
    candidate: float
    ratio: Estimate
