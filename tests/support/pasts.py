"""Earlier runs in a line, and their folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pytest_fmbench.model.measurement import Window
from pytest_fmbench.runs.plans.past import Past
from pytest_fmbench.store.session import write_json
from pytest_fmbench.store.table import write_measurement
from tests.support.records import measured, record

MS = 1_000_000


def past(waits_ms: Sequence[float], gap_ms: float = 10.0, session: str = "2026-01-01") -> Past:
    """A run of a request each ``gap_ms`` whose first tokens came after ``waits_ms``, and whose last 1 ms later."""
    gap = round(gap_ms * MS)
    rows = [
        record(
            (nth * gap + round(wait * MS), nth * gap + round(wait * MS) + MS),
            request_id=f"r{nth}",
            scheduled_ns=nth * gap,
            begun_ns=nth * gap,
            sent_ns=nth * gap,
        )
        for nth, wait in enumerate(waits_ms)
    ]
    return Past(session, measured(*rows, window=Window(0, len(rows) * gap)))


def drawn(requests: int, mean_ms: float = 100.0, seed: int = 1) -> list[float]:
    """Independent waits."""
    waits: list[float] = np.random.default_rng(seed).lognormal(np.log(mean_ms), 0.2, requests).tolist()
    return waits


def keep(output: Path, run: Past, folder: str, **told: Any) -> None:
    """Write a run as its session would have."""
    place = output / run.session / "cases" / folder
    place.mkdir(parents=True)
    write_measurement(place / "requests.parquet", run.measurement)
    write_json(place / "case.json", {"invalid": [], "window_s": run.measurement.window.seconds} | told)


def keep_pairs(output: Path, blocks: Sequence[Past], folder: str, **told: Any) -> None:
    """Write the blocks of a comparison as its session would have, in ABBA order."""
    place = output / blocks[0].session / "comparisons" / folder
    for nth, block in enumerate(blocks):
        arm = ("baseline", "candidate", "candidate", "baseline")[nth % 4]
        (place / f"{nth:03d}-{arm}").mkdir(parents=True)
        write_measurement(place / f"{nth:03d}-{arm}" / "requests.parquet", block.measurement)
    write_json(place / "comparison.json", told)
