"""Why requests failed."""

from __future__ import annotations

from collections import Counter

import pyarrow.compute as pc

from pytest_fmbench.model.readable import cut
from pytest_fmbench.model.record import Status
from pytest_fmbench.sinks.html.elements import code, tag
from pytest_fmbench.sinks.html.opened import Opened, Part
from pytest_fmbench.sinks.html.words import table
from pytest_fmbench.store.redaction import redacted

OURS = ("connect", "timeout", "truncated")
"""Causes whose detail we write ourselves. Others repeat what a server said, which may be the prompt."""

_MOST = 20
_LEAD = (
    "Failed requests by cause, in all of the run, warm-up and drain too. What a server said of them may repeat a "
    "prompt, so it stands in the records only (column error)."
)


def part(run: Opened) -> Part | None:
    """None where no request failed."""
    failed = run.requests.filter(pc.equal(run.requests["status"], Status.FAILED.value))
    if not failed.num_rows:
        return None
    told = zip(failed["error"].to_pylist(), failed["http_status"].to_pylist(), failed["phase"].to_pylist(), strict=True)
    counts = Counter((_cause(error), _detail(error, status), phase) for error, status, phase in told)
    rows = [
        (code(cause), tag("td", cut(redacted(detail), 160)), tag("td", phase), str(n))
        for (cause, detail, phase), n in counts.most_common(_MOST)
    ]
    left = sum(counts.values()) - sum(n for _, n in counts.most_common(_MOST))
    note = tag("p", f"{left} further requests failed by {len(counts) - _MOST} rarer causes.", class_="note")
    shown = table(("cause", "detail", "phase", "requests"), rows, "Failed requests by cause", numbers_from=3)
    return Part("Errors by cause", _LEAD, [shown, note if left else None])


def _cause(error: str | None) -> str:
    return (error or "unknown").partition(":")[0]


def _detail(error: str | None, status: int | None) -> str:
    cause, _, detail = (error or "").partition(":")
    if cause in OURS:
        return detail.strip()
    return f"status {status}" if status is not None else "\u2013"
