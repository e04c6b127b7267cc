"""What servers, accelerators and the host told meanwhile, as figures of the window."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fmbench.model.readable import cut
from pytest_fmbench.model.telemetry import SAMPLED
from pytest_fmbench.sinks import telemetry
from pytest_fmbench.sinks.html.elements import Child, code, tag
from pytest_fmbench.sinks.html.opened import Opened, Part
from pytest_fmbench.sinks.html.words import table
from pytest_fmbench.store.redaction import redacted

_LEAD = "Samples within the window, and the server's own times to the first token beside ours where it tells them."
_WORKED_OUT = {"energy_per_1k_tokens": "what the accelerators took in the window for 1,000 output tokens"}
"""What figures mean that are of several samples."""
_COLUMNS = (telemetry.COLUMNS[0], "meaning", *telemetry.COLUMNS[1:])


def part(run: Opened) -> Part | None:
    """None where nothing was sampled."""
    rows, notes = telemetry.rows(run.summary), list(telemetry.notes(run.summary))
    if not (rows or notes):
        return None
    cells = [_row(*row) for row in rows]
    shown = table(_COLUMNS, cells, "What was sampled", numbers_from=2) if cells else None
    return Part("Telemetry", _LEAD, [shown, tag("ul", (tag("li", cut(redacted(note), 600)) for note in notes))])


def _row(name: str, *figures: str) -> Sequence[Child]:
    known = SAMPLED.get(name)
    return [code(name), tag("td", known.meaning if known else _WORKED_OUT.get(name, "")), *figures]
