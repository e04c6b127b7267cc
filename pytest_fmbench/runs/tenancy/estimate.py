"""What a deployment will cost, before it is there. Pure."""

from __future__ import annotations

_SECONDS_PER_HOUR = 3_600.0
_BOOT_S, _BESIDE_S = 300.0, 30.0


def expected_s(cases: int, duration_s: float) -> float:
    """How long a deployment is up for so many cases: five minutes to start, and a window and half a minute each.

    A rule, and no measurement: what is paid is what it takes.
    """
    return _BOOT_S + max(1, cases) * (duration_s + _BESIDE_S)


def expected_usd(usd_per_hour: float, cases: int, duration_s: float) -> float:
    """What it costs meanwhile, in dollars; so much of the budget is kept for it when it is started."""
    return usd_per_hour * expected_s(cases, duration_s) / _SECONDS_PER_HOUR
