"""Items of each request that succeeded: images, embeddings, scores, or what a JSON endpoint's reply holds.

NaN for requests of text, which has none.
"""

from __future__ import annotations

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.columns import succeeded
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """One count a window request."""
    return succeeded(measurement, "items").floats()


METRIC = Metric("items", Unit.ITEM, "", Kind.REQUEST, compute)
