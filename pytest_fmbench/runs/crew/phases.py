"""Phases of the requests, and the tasks, of all workers, by the one window that they had in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pytest_fmbench.model.exchange import Phase
from pytest_fmbench.model.measurement import Window

if TYPE_CHECKING:
    import pyarrow as pa


def common(windows: Sequence[Window]) -> Window:
    """The window that all of ``windows`` hold; empty where there is none."""
    begin_ns = max(window.begin_ns for window in windows)
    return Window(begin_ns, max(begin_ns, min(window.end_ns for window in windows)))


def in_phases(table: pa.Table, window: Window, requests: int | None) -> tuple[pa.Table, Window]:
    """``table`` with each request, or task, in the phase in which it began, and the window that holds the window's.

    Workers go through the phases together to within a message's time. What one of them took for the window's and
    another no more did is made the drain's, so that phase and window agree to the nanosecond.

    :param requests: the window ends once so many have begun in it; None does not.
    """
    import pyarrow.compute as pc

    window = _cut(np.sort(table["begun_ns"].to_numpy()), window, requests)
    early, late = pc.less(table["begun_ns"], window.begin_ns), pc.greater_equal(table["begun_ns"], window.end_ns)
    inside = pc.if_else(late, Phase.DRAIN.value, Phase.WINDOW.value)
    column = table.schema.get_field_index("phase")
    phases = pc.if_else(early, Phase.WARMUP.value, inside).cast(table.schema.field(column).type)
    return table.set_column(column, table.schema.field(column), phases), window


def _cut(begun_ns: np.ndarray[tuple[int], np.dtype[np.int64]], window: Window, requests: int | None) -> Window:
    first = int(np.searchsorted(begun_ns, window.begin_ns))
    if requests is None or first + requests > len(begun_ns):
        return window
    return Window(window.begin_ns, min(window.end_ns, int(begun_ns[first + requests - 1]) + 1))
