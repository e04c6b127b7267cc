"""Events cut into equal slices of the window, so that a rate can carry an interval."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from pytest_fmbench.metrics.columns import Integers
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.model.samples import Rate

SLICES = 20


def per_slice(window: Window, events: Iterable[tuple[Integers, Integers]]) -> Rate:
    """What falls into each of the window's slices, of ``events``: when, in ns, and how much, some at a time.

    Those that come together lie close to each other, so that few edges cut through them.
    """
    edges = window.begin_ns + np.arange(SLICES + 1) * (window.end_ns - window.begin_ns) // SLICES
    before = np.zeros(SLICES + 1, dtype=np.int64)
    for at_ns, amounts in events:
        if at_ns.size:
            before += _before(edges, at_ns, amounts)
    return Rate(np.diff(before).astype(np.float64), np.diff(edges) / 1e9)


def _before(edges: Integers, at_ns: Integers, amounts: Integers) -> Integers:
    """The sum of ``amounts`` before each of ``edges``."""
    low, high, total = at_ns.min(), at_ns.max(), amounts.sum()
    cut = (edges > low) & (edges <= high)
    sums = np.where(edges > high, total, 0)
    sums[cut] = [amounts.sum(where=at_ns < edge) for edge in edges[cut]]
    return sums
