"""What a run's sessions came to, beside the figures: how its tasks ended, and what each turn of theirs was like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from pytest_fmbench.metrics.columns import Column, succeeded
from pytest_fmbench.metrics.task_columns import window_tasks
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Flags, Floats, Rate, Share
from pytest_fmbench.model.session import TaskEnd
from pytest_fmbench.runs.figures import Figures
from pytest_fmbench.runs.run import Run

Plain = dict[str, Any]


def told_of_tasks(run: Run) -> Plain:
    """Plain values; nothing of a workload of single requests.

    ``tasks`` began in the window, and ``ends`` says how many of them ended how. ``turns`` are of requests that began in
    the window and succeeded, by their number in their session, from 1: medians of times in seconds, a mean of tokens,
    and the share of them that the server's cache knew. None is what nothing is known of.
    """
    tasks = window_tasks(run.figures.measurement)
    if tasks is None:
        return {}
    ends = Counter(tasks["end"].to_pylist())
    return {"tasks": tasks.num_rows, "ends": dict(sorted(ends.items())), "turns": list(_turns(run.figures))}


def doubts(run: Run) -> Iterator[str]:
    """What a reader of the figures of tasks should know."""
    tasks = window_tasks(run.figures.measurement)
    if tasks is None:
        return
    if not tasks.num_rows:
        yield f"{run.name}: no task began in the window, so there are no figures of tasks; measure for longer"
    censored = tasks["end"].to_pylist().count(TaskEnd.CENSORED.value)
    if censored:
        yield (
            f"{run.name}: {censored} of {tasks.num_rows} tasks had not ended when the run was over: they count as not "
            "successful, and what tasks took is of the others, which are the shorter ones"
        )


def _turns(figures: Figures) -> Iterator[Plain]:
    measurement = figures.measurement
    turn = measurement.window_requests["turn"].to_numpy()
    ttft, e2e = (_values(figures, name) for name in ("ttft", "e2e"))
    asked, cached = (_joint(measurement, name) for name in ("input_tokens", "cached_tokens"))
    for nth in np.unique(turn).tolist():
        rows = turn == nth
        yield {
            "turn": nth + 1,
            "requests": int(rows.sum()),
            "ttft_p50_s": _median(ttft[rows]),
            "e2e_p50_s": _median(e2e[rows]),
            "input_tokens_mean": _mean(asked.floats()[rows]),
            "cached_share": _share(cached, asked, rows),
        }


def _values(figures: Figures, metric: str) -> Floats:
    found = figures.samples(metric)
    return np.empty(0) if isinstance(found, (Share, Rate)) else found


def _joint(measurement: Measurement, name: str) -> Column:
    """A column of the window's requests, of all rounds."""
    each = [succeeded(part, name) for part in measurement.parts]
    return Column(np.concatenate([one.integers for one in each]), np.concatenate([one.known for one in each]))


def _median(values: Floats) -> float | None:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else None


def _mean(values: Floats) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else None


def _share(part: Column, whole: Column, rows: Flags) -> float | None:
    rows = rows & part.known & whole.known
    total = int(whole.integers[rows].sum())
    return int(part.integers[rows].sum()) / total if total else None
