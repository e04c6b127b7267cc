"""What a load generator says of its own error, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_fmbench.model.columns import aligned
from pytest_fmbench.model.units import Unit, show

MEANINGS = {
    "stamp_p99_ns": "99 % of arrivals were noticed within",
    "loop_p50_ns": "median round of the event loop",
    "loop_p99_ns": "all but 1 % of its rounds were shorter than",
    "loop_longest_ns": "its longest round",
    "gap_p50_ns": "median time from an arrival's stamp until we knew of it",
    "gap_p99_ns": "all but 1 % of these times were shorter than",
    "gap_longest_ns": "the longest of them",
    "late_p50_ns": "median time by which a request began after it was due",
    "late_p99_ns": "all but 1 % began within",
    "late_longest_ns": "the latest began after",
    "run_queue_share": "share of the time ready to work but without a core",
    "cpu_share": "share of the time on a core; near 100 % there was no room left",
    "steal_share": "share of this machine's cores that its host took",
    "collector_ns": "time in the garbage collector",
    "memory_bytes": "the most memory that the load process held",
    "clock_step_ns": "the farthest that the clock of the stamps was set at once",
    "reconnects": "requests sent again because a reused connection was closed",
    "socket_errors": "connections that could not be made, broke or fell silent",
    "round_trip_ns": "the network's shortest time there and back",
    "round_trip_p50_ns": "that of the median connection",
}


def lines(summary: Mapping[str, Any]) -> Iterator[str]:
    """A line a field that is known: what it is, and how large."""
    known = {name: value for name, value in summary["certificate"].items() if value is not None}
    yield from aligned((name, MEANINGS.get(name, ""), shown_of(name, value)) for name, value in known.items())


def shown_of(name: str, value: float) -> str:
    """A field's value in its unit, which its name tells."""
    if name.endswith("_ns"):
        return show(value / 1e9, Unit.SECOND)
    if name.endswith("_share"):
        return show(value, Unit.SHARE)
    return show(value, Unit.BYTE) if name.endswith("_bytes") else str(value)
