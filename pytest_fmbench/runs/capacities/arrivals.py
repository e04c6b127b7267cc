"""What one arrival was, in the mean of several measurements: a request, or a session of requests, and its tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pytest_fmbench.model.exchange import Phase
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.record import Status
from pytest_fmbench.recommend import Arrival

if TYPE_CHECKING:
    import pyarrow as pa

_INPUT, _OUTPUT, _CACHED = "input_tokens", "output_tokens", "cached_tokens"


def arrival_of(measurements: Sequence[Measurement]) -> dict[str, Any] | None:
    """Means over all requests of the windows that succeeded, or over all tasks that ended; None where there is none.

    Tokens are the server's count where it gives one, else ours.
    """
    tasks = [one.tasks for one in measurements if one.tasks is not None]
    rows = [_ended(table) for table in tasks] if tasks else [_whole(one.window_requests) for one in measurements]
    count = sum(table.num_rows for table in rows)
    if not count:
        return None
    outputs = sum(_output(table) for table in rows)
    return {
        "task": bool(tasks),
        "requests": sum(_sum(table, "requests") for table in rows) / count if tasks else 1.0,
        _INPUT: sum(_sum(table, _INPUT) for table in rows) / count,
        _OUTPUT: outputs / count,
        _CACHED: sum(_sum(table, _CACHED) for table in rows) / count,
        "n": count,
    }


def arrival_in(told: Mapping[str, Any] | None) -> Arrival | None:
    """What :func:`arrival_of` told; None where it told nothing."""
    if not told:
        return None
    return Arrival(
        float(told[_INPUT]), float(told[_OUTPUT]), float(told[_CACHED]), float(told["requests"]), bool(told["task"])
    )


def _whole(requests: pa.Table) -> pa.Table:
    import pyarrow.compute as pc

    return requests.filter(pc.equal(requests["status"], Status.OK.value))


def _ended(tasks: pa.Table) -> pa.Table:
    import pyarrow.compute as pc

    inside = pc.equal(tasks["phase"], Phase.WINDOW.value)
    return tasks.filter(pc.and_(inside, pc.is_valid(tasks["done_ns"])))


def _output(table: pa.Table) -> int:
    ours = _sum(table, f"counted_{_OUTPUT}") if f"counted_{_OUTPUT}" in table.column_names else 0
    return max(ours, _sum(table, _OUTPUT))


def _sum(table: pa.Table, name: str) -> int:
    import pyarrow.compute as pc

    return int(pc.sum(table[name]).as_py() or 0)
