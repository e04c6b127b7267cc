"""What a page shows, in order; each a file. Another is another file and another line."""

from __future__ import annotations

from collections.abc import Callable

from pytest_fmbench.sinks.html.base import Section, Told
from pytest_fmbench.sinks.html.sections import (
    baseline,
    capacity,
    closely,
    comparison,
    cost,
    figures,
    joint,
    made_with,
    matrix,
    quality,
    recommendation,
    sessions,
    tradeoff,
    verdicts,
    warnings,
    worth,
)

SECTIONS: tuple[Callable[[Told], Section | None], ...] = (
    recommendation.section,
    verdicts.section,
    capacity.section,
    comparison.section,
    joint.section,
    matrix.section,
    tradeoff.section,
    cost.section,
    figures.section,
    quality.section,
    worth.section,
    sessions.section,
    baseline.section,
    closely.section,
    warnings.section,
    made_with.section,
)
"""Each makes its section; None where the session has nothing for it."""
