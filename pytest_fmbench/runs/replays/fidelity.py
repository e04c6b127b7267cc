"""How close the arrivals of a replay came to the trace's times.

``late``: from when a request should have begun until it was sent, by the kernel's stamp where there is one; given are
the 50th and 99th percentile (type 7) and the longest, in seconds. ``variance_ratio``: variance of how many
requests were sent in each second, over that of how many should have been; 1 where bursts came as bursts, below where
they were smoothed. Both of all requests that were sent, in all phases; ``sent`` of ``requests`` tells how many.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pytest_fmbench.model.measurement import Measurement

SLICE_S = 1.0


def fidelity(measurement: Measurement, replayed: int) -> dict[str, Any]:
    """The figures; None where there is nothing to tell them by.

    :param replayed: how many requests the replay has, in each round.
    """
    import pyarrow.compute as pc

    table = measurement.requests
    table = table.filter(pc.and_(pc.is_valid(table["sent_ns"]), pc.is_valid(table["scheduled_ns"])))
    due, sent = (np.sort(table[name].to_numpy()) for name in ("scheduled_ns", "sent_ns"))
    late = np.abs(table["sent_ns"].to_numpy() - table["scheduled_ns"].to_numpy()) / 1e9
    known = len(late) > 0
    return {
        "requests": replayed * max(1, len(measurement.rounds)),
        "sent": len(late),
        "late_p50_s": float(np.quantile(late, 0.5)) if known else None,
        "late_p99_s": float(np.quantile(late, 0.99)) if known else None,
        "late_longest_s": float(late.max()) if known else None,
        "variance_ratio": _variance_ratio(sent, due) if known else None,
        "slice_s": SLICE_S,
    }


def _variance_ratio(sent: np.ndarray[Any, Any], due: np.ndarray[Any, Any]) -> float | None:
    slices = int((max(due[-1], sent[-1]) - due[0]) / (SLICE_S * 1e9)) + 1
    edges = due[0] + SLICE_S * 1e9 * np.arange(slices + 1)
    wanted = float(np.histogram(due, edges)[0].var())
    return float(np.histogram(sent, edges)[0].var()) / wanted if wanted > 0 else None
