"""A run whose requests are a mix, such as one of adapters, by its parts: figures of each, as if it were a run."""

from __future__ import annotations

from dataclasses import replace

from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.runs.figures import Figures

SHOWN = (
    *("ttft.p50", "ttft.p95", "tpot.mean", "itl.p95", "e2e.p50", "e2e.p95"),
    *("output_token_rate", "request_rate", "item_rate", "error_rate"),
)
"""Figures of a part that are kept beside those of its run."""


def figures_by_group(figures: Figures) -> dict[str, Figures]:
    """Those of each part; nothing where the run is no mix."""
    names = figures.measurement.window_requests["group"].unique().to_pylist()
    return {name: _of(figures, name) for name in sorted(filter(None, names))}


def _of(figures: Figures, name: str) -> Figures:
    return Figures(_part(figures.measurement, name), figures.metrics, figures.confidence)


def _part(measurement: Measurement, name: str) -> Measurement:
    import pyarrow.compute as pc

    requests = measurement.requests
    return replace(measurement, requests=requests.filter(pc.equal(requests["group"], name)).combine_chunks())
