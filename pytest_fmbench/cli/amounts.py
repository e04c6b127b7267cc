"""How rates, shares and dollars are written on the command line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.price import HOURS_A_MONTH

_NUMBER = r"(\d+(?:\.\d+)?)"
_RATES = {"": 1.0, "req/s": 1.0, "/s": 1.0, "tasks/s": 1.0, "req/min": 60.0, "tasks/min": 60.0, "req/h": 3_600.0}
_BUDGETS = {"": 1.0, "USD/h": 1.0, "USD/month": HOURS_A_MONTH}


def rate_in(option: str, text: str) -> float:
    """Arrivals a second: of ``120req/s``, ``7200req/min``, ``120``.

    :raises UsageError: for what is no rate.
    """
    return _amount(option, text, _RATES, "a rate, as 120req/s")


def usd_per_hour_in(option: str, text: str) -> float:
    """Dollars an hour: of ``5USD/h``, ``3000USD/month``, ``5``.

    :raises UsageError: for what is no such amount.
    """
    return _amount(option, text, _BUDGETS, "dollars, as 5USD/h or 3000USD/month")


def share_in(option: str, text: str) -> float:
    """A share: of ``20%`` or ``0.2``.

    :raises UsageError: for what is none.
    """
    return _amount(option, text, {"%": 100.0, "": 1.0}, "a share, as 20%")


def redundancy_in(option: str, text: str) -> int:
    """Replicas that may be lost: of ``n+1`` or ``1``.

    :raises UsageError: for what is no such number.
    """
    found = re.fullmatch(r"(?:n\+)?(\d+)", text.strip(), re.IGNORECASE | re.ASCII)
    if found is None:
        raise UsageError(f"{option} {text!r}: give how many replicas may be lost, as n+0, n+1 or n+2")
    return int(found[1])


def prices_in(option: str, pairs: Iterable[str]) -> dict[str, float]:
    """Dollars an hour by name: of ``NAME=USD``; what they may be is seen later, where it is known what costs so much.

    :raises UsageError: for what is no such pair, and a name that comes twice.
    """
    found: dict[str, float] = {}
    for pair in pairs:
        name, equals, text = pair.rpartition("=")
        if not equals or not name.strip():
            raise UsageError(f"{option} {pair!r}: give what costs so many dollars an hour, as local=0.4")
        if name in found:
            raise UsageError(f"{option} {name} is given twice; give it once")
        usd = _amount(option, text, {"": 1.0, "USD/h": 1.0}, "a positive number of dollars an hour")
        if not usd > 0.0:
            raise UsageError(f"{option} {pair!r}: give a positive number of dollars an hour")
        found[name] = usd
    return found


def _amount(option: str, text: str, units: dict[str, float], what: str) -> float:
    """The number in ``text``, over how many of its unit are one of ours."""
    found = re.fullmatch(rf"{_NUMBER}\s*(\D*)", text.strip(), re.ASCII)
    if found is None or found[2].strip() not in units:
        raise UsageError(f"{option} {text!r}: give {what}; units are {', '.join(filter(None, units))}")
    amount = float(found[1]) / units[found[2].strip()]
    if not math.isfinite(amount):
        raise UsageError(f"{option} {text!r}: give {what}")
    return amount
