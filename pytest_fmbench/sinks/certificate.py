"""What a load generator says of its own error, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.sinks.html.parts.certificate import MEANINGS


def lines(summary: Mapping[str, Any]) -> Iterator[str]:
    """A line a field that is known: what it is, and how large."""
    known = {name: value for name, value in summary["certificate"].items() if value is not None}
    widths = [max(map(len, column), default=0) for column in (known, (MEANINGS.get(name, "") for name in known))]
    for name, value in known.items():
        yield f"{name:<{widths[0]}}  {MEANINGS.get(name, ''):<{widths[1]}}  {_shown(name, value)}"


def _shown(name: str, value: float) -> str:
    if name.endswith("_ns"):
        return show(value / 1e9, Unit.SECOND)
    if name.endswith("_share"):
        return show(value, Unit.SHARE)
    return show(value, Unit.BYTE) if name.endswith("_bytes") else str(value)
