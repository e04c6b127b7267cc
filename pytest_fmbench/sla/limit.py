"""The value and unit of an objective."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from pytest_fmbench.errors import ObjectiveSyntaxError, UnknownName
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.units import SPELLINGS, Unit, spellings_of
from pytest_fmbench.sla.scanner import Scanner

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_NO_NUMBER = re.compile(r"[+-]?(?:nan|inf(?:inity)?)\b", re.IGNORECASE)
_UNIT = re.compile(r"[^\s\d./<>=+,-]+(?:\s*/\s*[^\s\d./<>=+,-]+)?")
_RANGES = {Unit.SHARE: (0.0, 1.0), Unit.DIFFERENCE: (-1.0, 1.0)}
_BARE = (Unit.SHARE, Unit.TOKEN, Unit.REQUEST)
"""Units in which a number without a unit can mean but one thing."""


def take_limit(scanner: Scanner, unit: Unit) -> float:
    """The limit that ``scanner`` stands before, in SI units of ``unit``.

    :raises ObjectiveSyntaxError: for a value that is no number from 0, a unit of another kind, or none where one
        is needed.
    """
    number = _take_number(scanner, signed=unit is Unit.DIFFERENCE)
    at = scanner.began
    limit = float(number * _take_factor(scanner, number, unit))
    if unit is Unit.SHARE and limit > 1.0:
        raise ObjectiveSyntaxError(scanner.text, at, "a share is at most 1, which is 100%; percent need their sign")
    if unit is Unit.DIFFERENCE and abs(limit) > 1.0:
        raise ObjectiveSyntaxError(scanner.text, at, "shares differ by 100pp at most")
    return limit


def check_reachable(objective: Objective, unit: Unit) -> None:
    """Refuse a limit that every value keeps, or none; values range from 0, shares to 1, differences of them from -1.

    But for ``task.success >= 0%`` and the like: that there are tasks by which it can be told is a promise.

    :raises ObjectiveSyntaxError: pointing at the operator.
    """
    if unit is Unit.SHARE and "." in objective.metric and (objective.operator, objective.limit) == (">=", 0.0):
        return
    least, most = _RANGES.get(unit, (0.0, math.inf))
    ends = {objective.holds(least), objective.holds(most)}
    if len(ends) == 1:
        problem = f"{objective.metric} {'always' if True in ends else 'never'} keeps this"
        raise ObjectiveSyntaxError(objective.text, objective.text.index(objective.operator), problem)


def _take_number(scanner: Scanner, *, signed: bool) -> Decimal:
    if scanner.take(_NO_NUMBER) is not None:
        raise scanner.error("a limit is a finite number")
    written = scanner.take(_NUMBER)
    if written is None:
        raise scanner.error("expected a number, such as 500 or 2.5 or 1e-3")
    if written.startswith("-") and not signed:
        raise scanner.error("a limit is not negative: only differences are")
    if abs(float(written)) > 1e300:
        raise scanner.error("a limit is a finite number, of a size that can be measured")
    return Decimal(written) if float(written) else Decimal(0)  # no decimal takes every exponent


def _take_factor(scanner: Scanner, number: Decimal, unit: Unit) -> Decimal:
    """How many SI units one of the unit written is; a decimal, so that 57% is the float nearest to 0.57."""
    written = scanner.take(_UNIT)
    fitting = spellings_of(unit)
    if written is None:
        if number and unit not in _BARE:
            raise scanner.error(f"{number} of what? A unit is needed: {', '.join(fitting)}")
        return Decimal(1)
    name = "".join(written.split())
    if name not in SPELLINGS:
        raise scanner.error(str(UnknownName("unit", name, fitting)))
    if name not in fitting:
        raise scanner.error(f"{name} is a unit of something else; what fits here is {', '.join(fitting)}")
    return Decimal(repr(SPELLINGS[name].factor))
