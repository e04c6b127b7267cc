"""How a run was measured: what the load generator says of its own error."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pytest_fmbench.model.certificate import certificate_in
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.sinks.html.elements import code, tag
from pytest_fmbench.sinks.html.opened import Opened, Part
from pytest_fmbench.sinks.html.words import table

_LEAD = (
    "The load generator's own error in this run. Where it could change what is judged, the run is invalid, whatever "
    "its figures say."
)
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


def part(run: Opened) -> Part:
    """Every field, in words."""
    certificate = asdict(certificate_in(run.summary, "the summary"))
    rows = [
        (
            code(name),
            tag("td", MEANINGS.get(name, "")),
            tag("td", _shown(name, value), class_="number", data_sort=value),
        )
        for name, value in certificate.items()
        if value is not None
    ]
    stamps = sorted(set(run.requests["stamp"].unique().to_pylist()))
    told = f"Arrivals were stamped by the {' and the '.join(stamps)}." if stamps else None
    shown = table(("field", "meaning", "value"), rows, "The run's certificate", numbers_from=2)
    return Part("How it was measured", _LEAD, [tag("p", told) if told else None, shown])


def _shown(name: str, value: Any) -> str:  # noqa: ANN401  # each field has its own kind
    if name.endswith("_ns"):
        return show(value / 1e9, Unit.SECOND)
    if name.endswith("_share"):
        return show(value, Unit.SHARE)
    return show(value, Unit.BYTE) if name.endswith("_bytes") else str(value)
