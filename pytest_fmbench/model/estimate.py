"""A number with its interval."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pytest_fmbench.errors import Inconclusive
from pytest_fmbench.model.units import Unit, show

if TYPE_CHECKING:
    from typing_extensions import Self


class Estimate(float):
    """A point estimate, in SI units, that carries its interval and its sample size.

    Against a number, ``<``, ``<=``, ``>`` and ``>=`` are about the interval: true or false where all of it says so,
    else they raise :class:`~pytest_fmbench.errors.Inconclusive`. Against another estimate they compare values, as does
    ``==`` always, and a numpy number on the left. ``float(estimate)`` is the value alone.

    :param value: the point estimate; NaN when there are no samples.
    :param low: lower end of the interval.
    :param high: upper end; ``inf`` where the data cannot bound it.
    :param n: number of samples.
    :param confidence: two-sided level of the interval.
    """

    low: float
    high: float
    n: int
    name: str
    unit: Unit
    confidence: float

    def __new__(
        cls,
        value: float,
        low: float,
        high: float,
        n: int,
        *,
        name: str = "",
        unit: Unit = Unit.SHARE,
        confidence: float = 0.95,
    ) -> Self:
        """Make one; arguments as the class says."""
        made = super().__new__(cls, value)
        made.low, made.high, made.n = float(low), float(high), int(n)
        made.name, made.unit, made.confidence = name, unit, confidence
        return made

    def __lt__(self, other: float) -> bool:
        __tracebackhide__ = True  # so that pytest shows the assertion
        if isinstance(other, Estimate):
            return float(self) < float(other)
        return self._told("<", other, self.high < other, self.low >= other)

    def __le__(self, other: float) -> bool:
        __tracebackhide__ = True  # so that pytest shows the assertion
        if isinstance(other, Estimate):
            return float(self) <= float(other)
        return self._told("<=", other, self.high <= other, self.low > other)

    def __gt__(self, other: float) -> bool:
        __tracebackhide__ = True  # so that pytest shows the assertion
        if isinstance(other, Estimate):
            return float(self) > float(other)
        return self._told(">", other, self.low > other, self.high <= other)

    def __ge__(self, other: float) -> bool:
        __tracebackhide__ = True  # so that pytest shows the assertion
        if isinstance(other, Estimate):
            return float(self) >= float(other)
        return self._told(">=", other, self.low >= other, self.high < other)

    def _told(self, sign: str, other: float, surely: bool, surely_not: bool) -> bool:
        __tracebackhide__ = True
        if surely == surely_not:
            raise Inconclusive(f"{self!r} {sign} {show(other, self.unit)}: the data do not tell", self, other)
        return surely

    def __repr__(self) -> str:
        name = f"{self.name} = " if self.name else ""
        return f"{name}{self.interval()} (n={self.n})"

    def interval(self) -> str:
        """Value and interval for people: ``213 ms [198 ms, 240 ms]``."""
        return f"{show(self, self.unit)} [{show(self.low, self.unit)}, {show(self.high, self.unit)}]"

    def from_zero(self) -> Estimate:
        """The same, of what is never negative: where its interval begins below 0, that end is 0."""
        if not (-math.inf < self.low < 0.0 <= float(self)):
            return self
        state = {"name": self.name, "unit": self.unit, "confidence": self.confidence}
        return _rebuild(float(self), 0.0, self.high, self.n, state)

    def __reduce__(self) -> tuple[object, ...]:
        state = {"name": self.name, "unit": self.unit, "confidence": self.confidence}
        return _rebuild, (float(self), self.low, self.high, self.n, state)


def _rebuild(value: float, low: float, high: float, n: int, state: dict[str, object]) -> Estimate:
    return Estimate(value, low, high, n, **state)  # type: ignore[arg-type]  # the state is our own, from __reduce__
