"""How often runs look better than they are: truth beyond the end that gates pass by, at the levels of early looks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pytest_fmbench import stats
from pytest_fmbench.model.samples import Floats
from tests.calibration.queues import share_above, true_mean, true_quantile
from tests.calibration.tables import Line

REQUESTS = (625, 1_250, 2_500, 5_000, 10_000)
RISKS = (0.05, 0.01, 0.005, 0.001)

_KEPT = 0.72
"""Goodput, as in the gates' table."""


def head() -> Iterator[Line]:
    """The table's head."""
    yield "| load | requests | statistic | " + " | ".join(f"{risk:.1%} stated" for risk in RISKS) + " |", True
    yield "|---|---|---|" + "---|" * len(RISKS), True


def too_good(load: float, runs: Floats) -> Iterator[Line]:
    """Rows of M/M/8 at ``load``: how often the mean lies above its upper end, and the goodput below its lower one."""
    limit = true_quantile(_KEPT, load)
    mean, share = true_mean(load), 1.0 - share_above(limit, load)
    for n in REQUESTS:
        missed = np.zeros((2, len(RISKS)))
        for run in (stats.prepare(one[:n]) for one in runs):
            kept = run.values <= limit
            for nth, level in enumerate(1.0 - 2.0 * risk for risk in RISKS):
                missed[0, nth] += mean > stats.mean(run, confidence=level).high
                missed[1, nth] += share < stats.proportion(kept, along=run, confidence=level).low
        for name, counts in zip(("mean", "goodput"), missed / len(runs), strict=True):
            yield f"| {load} | {n:,} | {name} | " + " | ".join(f"{one:.1%}" for one in counts) + " |", True
