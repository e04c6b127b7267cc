"""Times as ISO 8601 writes them, to the nanosecond: ``datetime`` knows six digits of a second, traces have seven."""

from __future__ import annotations

import re
from datetime import date

from pytest_fmbench.workloads.traces.base import NS_PER_S, Unusable

_STAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.(\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
_DIGITS = 9
_EPOCH = date(1970, 1, 1).toordinal()


def wall_ns(text: object) -> int:
    """Since 1970, in ns, of such as ``2023-11-16 18:17:03.97996`` or ``2024-10-15T12:00:00Z``; UTC if it does not say.

    :raises Unusable: for what is no such time.
    """
    found = _STAMP.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise Unusable("a time that is none")
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        days = date(int(year), int(month), int(day)).toordinal() - _EPOCH
    except ValueError:
        raise Unusable("a time that is none") from None
    seconds = ((days * 24 + int(hour)) * 60 + int(minute)) * 60 + int(second) - _offset_s(zone)
    return seconds * NS_PER_S + int((fraction or "").ljust(_DIGITS, "0"))


def _offset_s(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return (-60 if zone[0] == "-" else 60) * minutes
