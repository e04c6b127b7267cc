"""Units: how values are written by people, and how ours are written for them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum


class Unit(str, Enum):
    """What a metric counts in. Its value is the SI symbol that stored numbers are in; of a difference of shares, which
    has none, its name.
    """

    SECOND = "s"
    SHARE = "1"
    DIFFERENCE = "difference"
    TOKEN = "tok"
    TOKEN_RATE = "tok/s"
    REQUEST = "req"
    REQUEST_RATE = "req/s"
    TASK_RATE = "tasks/s"
    USD = "USD"
    WATT = "W"
    JOULE = "J"
    HERTZ = "Hz"
    BYTE = "B"
    BYTE_RATE = "B/s"
    ITEM = "item"
    ITEM_RATE = "item/s"


@dataclass(frozen=True)
class Spelling:
    """A unit as written: what it counts in and how many of it one is."""

    unit: Unit
    factor: float


SPELLINGS = {
    "us": Spelling(Unit.SECOND, 1e-6),
    "ms": Spelling(Unit.SECOND, 1e-3),
    "s": Spelling(Unit.SECOND, 1.0),
    "min": Spelling(Unit.SECOND, 60.0),
    "%": Spelling(Unit.SHARE, 0.01),
    "pp": Spelling(Unit.DIFFERENCE, 0.01),
    "tok": Spelling(Unit.TOKEN, 1.0),
    "tok/s": Spelling(Unit.TOKEN_RATE, 1.0),
    "req": Spelling(Unit.REQUEST, 1.0),
    "req/s": Spelling(Unit.REQUEST_RATE, 1.0),
    "tasks/s": Spelling(Unit.TASK_RATE, 1.0),
    "USD": Spelling(Unit.USD, 1.0),
    "W": Spelling(Unit.WATT, 1.0),
    "kW": Spelling(Unit.WATT, 1e3),
    "J": Spelling(Unit.JOULE, 1.0),
    "kJ": Spelling(Unit.JOULE, 1e3),
    "Hz": Spelling(Unit.HERTZ, 1.0),
    "kHz": Spelling(Unit.HERTZ, 1e3),
    "MHz": Spelling(Unit.HERTZ, 1e6),
    "GHz": Spelling(Unit.HERTZ, 1e9),
    "B": Spelling(Unit.BYTE, 1.0),
    "kB": Spelling(Unit.BYTE, 1e3),
    "MB": Spelling(Unit.BYTE, 1e6),
    "GB": Spelling(Unit.BYTE, 1e9),
    "MiB": Spelling(Unit.BYTE, 2.0**20),
    "GiB": Spelling(Unit.BYTE, 2.0**30),
    "B/s": Spelling(Unit.BYTE_RATE, 1.0),
    "kB/s": Spelling(Unit.BYTE_RATE, 1e3),
    "MB/s": Spelling(Unit.BYTE_RATE, 1e6),
    "GB/s": Spelling(Unit.BYTE_RATE, 1e9),
    "item": Spelling(Unit.ITEM, 1.0),
    "item/s": Spelling(Unit.ITEM_RATE, 1.0),
}
"""Every unit that an objective may be written in."""

_LARGE = (Unit.HERTZ, Unit.BYTE, Unit.BYTE_RATE)
"""Units of which there are mostly millions."""
_PREFIXES = ((9, "G"), (6, "M"), (3, "k"))


def spellings_of(unit: Unit) -> list[str]:
    """The ways in which ``unit`` may be written."""
    return [text for text, spelling in SPELLINGS.items() if spelling.unit is unit]


def seconds_in(length: object) -> float | None:
    """A length of time in seconds: of ``"30s"``, ``"2min"``, ``"500ms"``, or seconds; None of what is none above 0."""
    if isinstance(length, str):
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|min)?", length)
        seconds = float(found[1]) * SPELLINGS[found[2] or "s"].factor if found else 0.0
    else:
        seconds = float(length) if isinstance(length, (int, float)) and not isinstance(length, bool) else 0.0
    return seconds if 0 < seconds < math.inf else None


def show(value: float, unit: Unit) -> str:
    """``value``, in SI units, as people read it: three significant digits and the unit that suits its size."""
    value = float(value)
    if math.isnan(value):
        return "n/a"
    if math.isinf(value):
        return ("-" if value < 0 else "") + "inf"
    rounded = Decimal(f"{value:.2e}")  # first, so that the unit suits what is shown
    power, symbol = _scale(rounded, unit)
    text = f"{rounded.scaleb(power):f}"
    digits = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{'0' if rounded == 0 else digits}{'' if symbol == '%' else ' '}{symbol}"


def _scale(value: Decimal, unit: Unit) -> tuple[int, str]:
    if unit is Unit.SHARE:
        return 2, "%"
    if unit is Unit.DIFFERENCE:
        return 2, "pp"
    if unit is Unit.SECOND and value != 0:
        if abs(value) < Decimal("1e-3"):
            return 6, "us"
        if abs(value) < 1:
            return 3, "ms"
    prefixes = _PREFIXES if unit in _LARGE else ()
    return next(
        ((-power, prefix + unit.value) for power, prefix in prefixes if abs(value) >= 10**power), (0, unit.value)
    )
