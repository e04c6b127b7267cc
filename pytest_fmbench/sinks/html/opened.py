"""A run's records, opened for its pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_fmbench.errors import StoreError
from pytest_fmbench.metrics.columns import Column, Integers, chunks, column, has_status
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.record import Status
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.sinks import outcomes
from pytest_fmbench.sinks.html.base import Summary
from pytest_fmbench.sinks.html.elements import Child

if TYPE_CHECKING:
    import pyarrow as pa

MOST = 40
"""Runs that are opened; of more, those first that did not pass."""


@dataclass(frozen=True)
class Part:
    """What a picture or a table of one run needs.

    :param data: a block for scripts; None where there is none.
    """

    title: str
    lead: str
    body: Sequence[Child]
    data: Any = None


@dataclass(frozen=True)
class Opened:
    """A run and its records.

    :param nth: which of the session's it is.
    """

    nth: int
    summary: Summary
    measurement: Measurement

    @property
    def requests(self) -> pa.Table:
        """All of them, warm-up and drain too, in order of sending."""
        return self.measurement.requests

    @property
    def open_loop(self) -> bool:
        """Whether latencies count from when a request was due."""
        return bool(self.summary.get("open_loop"))

    @cached_property
    def begin_ns(self) -> int:
        """Zero of the run's time axis: when the first request began."""
        return int(column(self.requests, "begun_ns").integers.min())

    @cached_property
    def first_ns(self) -> Column:
        """When the first content chunk of each request came that succeeded."""
        return self._ends[0]

    @cached_property
    def last_ns(self) -> Column:
        """When the last one did."""
        return self._ends[1]

    @cached_property
    def _ends(self) -> tuple[Column, Column]:
        rows = self.requests.num_rows
        first, last, some = np.zeros(rows, np.int64), np.zeros(rows, np.int64), np.zeros(rows, np.bool_)
        for found in chunks(self.requests):
            filled = found.ends > found.starts
            some[found.rows] = filled
            first[found.rows][filled] = found.ns[found.starts[filled]]
            last[found.rows][filled] = found.ns[found.ends[filled] - 1]
        some &= has_status(self.requests, Status.OK)
        return Column(first, some), Column(last, some)

    @property
    def from_ns(self) -> Column:
        """From when each request's latencies count: in open loop from when it was due, else from when it was sent."""
        return column(self.requests, "scheduled_ns" if self.open_loop else "sent_ns")

    def seconds(self, ns: Integers) -> Floats:
        """Stamps on the run's time axis."""
        return (ns - self.begin_ns) / 1e9

    def block(self, name: str) -> str:
        """Of data, the id of its block called ``name``."""
        return f"run-{self.nth}-{name}"


def chosen(summaries: Sequence[Summary]) -> list[int]:
    """Which runs are opened, in order of measuring."""
    worst = sorted(range(len(summaries)), key=lambda nth: outcomes.WORST_FIRST.index(outcomes.of_run(summaries[nth])))
    return sorted(worst[:MOST])


def opened(folder: Path, summaries: Sequence[Summary]) -> Iterator[tuple[int, Opened | str]]:
    """The runs that :func:`chosen` names, one at a time, or why one cannot be shown."""
    for nth in chosen(summaries):
        yield nth, _opened(folder, nth, summaries[nth])


def _opened(folder: Path, nth: int, summary: Mapping[str, Any]) -> Opened | str:
    from dataclasses import replace

    from pytest_fmbench.store.table import read_measurement
    from pytest_fmbench.store.telemetry import TELEMETRY, read_telemetry

    if not summary.get("folder"):
        return "its records are not known"
    where = folder / summary["folder"]
    try:
        stored = read_measurement(where / "requests.parquet")
        measurement = replace(stored, telemetry=read_telemetry(where / TELEMETRY))
    except StoreError as error:
        return str(error).replace(str(folder), "the session's folder")
    return Opened(nth, summary, measurement) if measurement.requests.num_rows else "no request was made"
