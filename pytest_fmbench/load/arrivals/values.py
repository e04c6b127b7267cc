"""Numbers of loads: checked as they come in, and written as node ids hold them."""

from __future__ import annotations

import math
from decimal import Decimal
from hashlib import sha256

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.numbers import is_number
from pytest_fmbench.model.units import seconds_in

_LONGEST, _KEPT = 80, 60


def is_positive(value: object) -> bool:
    """Whether it is a number above 0, and a finite one."""
    return is_number(value) and 0 < value < math.inf


def checked_rate(call: str, rate: float) -> float:
    """``rate``, in requests a second.

    :param call: what was called with it, as its message shows it.
    :raises UsageError: for what is no positive, finite number.
    """
    if not is_positive(rate):
        raise UsageError(f"{call}: give a positive number of requests a second")
    return float(rate)


def checked_seconds(call: str, length: float | str) -> float:
    """``length`` in seconds.

    :param call: what was called with it, as its message shows it.
    :raises UsageError: for what is no length of time, or none at all.
    """
    seconds = seconds_in(length)
    if seconds is None:
        raise UsageError(f"{call}: give a length of time, as 30s, 2min or 500ms")
    return seconds


def written(number: float) -> str:
    """``number`` with four digits, and without an exponent."""
    return f"{Decimal(f'{number:.4g}'):f}"


def abridged(text: str) -> str:
    """``text``, or where it is long its begin and what tells it from others."""
    return text if len(text) <= _LONGEST else f"{text[:_KEPT]}...{sha256(text.encode()).hexdigest()[:6]}"
