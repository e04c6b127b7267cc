"""Why requests failed, in as few words as a verdict has room for."""

from __future__ import annotations

from collections import Counter

from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.record import Status

_MOST = 3


def causes(measurement: Measurement) -> str:
    """How many of the window's requests failed by what, most often first: ``2 by timeout, 1 by status 500``.

    Empty where none did. What a server said is no part of it: that may repeat the prompt.
    """
    import pyarrow.compute as pc

    asked = measurement.window_requests
    failed = asked.filter(pc.equal(asked["status"], Status.FAILED.value)).select(["error", "http_status"])
    counts = Counter(_cause(row["error"], row["http_status"]) for row in failed.to_pylist())
    told = [f"{count} by {cause}" for cause, count in counts.most_common(_MOST)]
    rare = sum(counts.values()) - sum(count for _, count in counts.most_common(_MOST))
    return ", ".join([*told, f"{rare} by rarer causes"] if rare else told)


def _cause(error: str | None, status: int | None) -> str:
    cause, _, detail = (error or "unknown").partition(":")
    named = cause in ("status", "throttled") and status is not None and detail.strip().startswith(str(status))
    return f"{cause} {status}" if named else cause
