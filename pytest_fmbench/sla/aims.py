"""Objectives as aims of a search for the capacity: what must not be exceeded, and the scores of requests."""

from __future__ import annotations

import math

import numpy as np

from pytest_fmbench.errors import UsageError
from pytest_fmbench.metrics.base import Kind, Metric, Of, Samples
from pytest_fmbench.model.objective import OPERATORS, Objective
from pytest_fmbench.model.samples import Rate, Share
from pytest_fmbench.sla.judge import is_counted
from pytest_fmbench.sla.statistic import quantile_of
from pytest_fmbench.stats.capacity import Aim, Scale


def aim_of(objective: Objective, metric: Metric) -> Aim:
    """The aim that an objective is: of a percentile the share of requests beyond its limit.

    :raises UsageError: for what does not get worse with the rate, or is about telemetry.
    """
    if metric.needs:
        raise UsageError(
            f"{objective.text!r} is about telemetry, of which probes of a capacity take none; leave it out"
        )
    if metric.of is Of.TASKS:
        raise UsageError(
            f"{objective.text!r} is about tasks, and probes of a capacity ask single requests; leave it out"
        )
    worse = metric.better == "lower" if objective.upper else metric.better == "higher" and metric.kind is Kind.SHARE
    if not worse or metric.kind is Kind.RATE:
        raise UsageError(
            f"{objective.text!r} does not get worse as the rate grows, so no rate is the largest that holds it; leave "
            "it out of the SLA of a capacity, which takes ceilings on latencies and errors, and floors on goodput"
        )
    if is_counted(objective, metric.unit) or not objective.limit:
        return Aim(objective.text, 0.0, Scale.COUNT)
    if metric.kind is Kind.SHARE:
        return Aim(objective.text, objective.limit if objective.upper else 1.0 - objective.limit)
    q = quantile_of(objective.statistic)
    return Aim(objective.text, objective.limit, Scale.AMOUNT) if q is None else Aim(objective.text, 1.0 - q)


def score(objective: Objective, samples: Samples) -> float:
    """The mean of the scores of a run's samples; NaN where there is none."""
    if isinstance(samples, Rate):
        raise UsageError(f"{objective.text!r} has no value of each request")
    if isinstance(samples, Share):
        share = float(samples.flags.mean()) if samples.flags.size else math.nan
        return share if objective.upper else 1.0 - share
    values = samples[~np.isnan(samples)]
    if not values.size:
        return math.nan
    if objective.statistic == "mean":
        return float(values.mean())
    return 1.0 - float(OPERATORS[objective.operator](values, objective.limit).mean())
