"""Why a GPU's clocks are held down, from the bits that NVML and DCGM have in common.

Source: https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_fmbench.telemetry.base import Reading

_SW_POWER_CAP, _HW_SLOWDOWN, _SW_THERMAL, _HW_THERMAL, _HW_POWER_BRAKE = 0x04, 0x08, 0x20, 0x40, 0x80
"""Not among them: idleness, clocks that somebody set, GPUs that keep pace with each other, displays."""

BITS = {
    "throttled": _SW_POWER_CAP | _HW_SLOWDOWN | _SW_THERMAL | _HW_THERMAL | _HW_POWER_BRAKE,
    "throttled_power": _SW_POWER_CAP | _HW_POWER_BRAKE,
    "throttled_heat": _SW_THERMAL | _HW_THERMAL,
}
"""The reasons that each of our words stands for."""


def throttling(reasons: int, device: str) -> Iterator[Reading]:
    """1 of each word for which one of its ``reasons`` holds, else 0."""
    for word, bits in BITS.items():
        yield Reading(word, float(bool(reasons & bits)), device)
