"""Events cut into equal slices of the window, so that a rate can carry an interval."""

from __future__ import annotations

import numpy as np

from pytest_fmbench.metrics.columns import Integers
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.model.samples import Rate

SLICES = 20


def per_slice(window: Window, at_ns: Integers, amounts: Integers) -> Rate:
    """The sum of ``amounts`` whose ``at_ns`` lies in each of the window's slices."""
    edges = window.begin_ns + np.arange(SLICES + 1) * (window.end_ns - window.begin_ns) // SLICES
    inside = (at_ns >= window.begin_ns) & (at_ns < window.end_ns)
    which = np.searchsorted(edges, at_ns[inside], side="right") - 1
    totals = np.bincount(which, weights=amounts[inside], minlength=SLICES)
    return Rate(totals.astype(np.float64), np.diff(edges) / 1e9)
