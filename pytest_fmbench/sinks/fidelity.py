"""How true a replay was to its trace, in a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pytest_fmbench.model.units import Unit, show


def listed(summaries: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line for each replay."""
    return [f"{summary['name']}: {told(summary['fidelity'])}" for summary in summaries if summary.get("fidelity")]


def told(figures: Mapping[str, Any]) -> str:
    """What :func:`pytest_fmbench.runs.replays.fidelity.fidelity` found."""
    parts = [f"replayed {figures['sent']:,} of {figures['requests']:,} requests"]
    if figures["late_p99_s"] is not None:
        parts.append(f"99 % within {show(figures['late_p99_s'], Unit.SECOND)} of their times")
    if figures["variance_ratio"] is not None:
        parts.append(f"counts a second vary {figures['variance_ratio']:.3g} times as much")
    return ", ".join(parts)
