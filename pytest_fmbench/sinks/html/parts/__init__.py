"""What is shown of one run, in order; each a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pytest_fmbench.sinks.html.opened import Opened, Part
from pytest_fmbench.sinks.html.parts import causes, certificate, course, sampled, slowest, spread, waterfall

PARTS: Mapping[str, Callable[[Opened], Part | None]] = {
    "course": course.part,
    "spread": spread.part,
    "waterfall": waterfall.part,
    "slowest": slowest.part,
    "causes": causes.part,
    "sampled": sampled.part,
    "certificate": certificate.part,
}
"""By the name of their data; None of a run that has nothing for it."""
