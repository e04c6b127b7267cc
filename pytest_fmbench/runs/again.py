"""Whether a run asked prompts that it had asked before, because its rows ran out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pytest_fmbench.metrics.columns import column
from pytest_fmbench.runs.run import Run


def repetitions(run: Run, subject: Mapping[str, Any]) -> Iterator[str]:
    """Says so, where it did. Of a run in rounds, each has a server of its own, whose caches are empty."""
    if "rows" not in subject:
        return
    prompts, tasks = subject["rows"]["requests"], run.figures.measurement.tasks
    made, of = ("requests", "prompts") if tasks is None else ("sessions", "conversations")
    table = run.figures.measurement.requests if tasks is None else tasks
    most = int(np.bincount(column(table, "round").integers).max(initial=0))
    if most > prompts:
        yield (
            f"{run.name}: {most:,} {made} were made of {prompts:,} {of}, so these came again: a server that keeps "
            "prompts knew them (cached_tokens says how much, where it tells); requests= ends a run before that"
        )
