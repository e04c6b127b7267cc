"""Many runs of a queue with eight servers at once, and what theory says of it."""

from __future__ import annotations

import math

import numpy as np

from pytest_fmbench.model.samples import Floats

SERVERS = 8
WARM_UP = 3_000


def response_times(load: float, runs: int, n: int, seed: int) -> Floats:
    """Of ``n`` requests in each of ``runs`` steady M/M/8 queues of unit service (Kiefer and Wolfowitz, 1955)."""
    random, rows = np.random.default_rng(seed), np.arange(runs)
    work, times = np.zeros((SERVERS, runs)), np.empty((n, runs))
    for i in range(-WARM_UP, n):
        work = np.maximum(0.0, work - random.exponential(1.0 / (SERVERS * load), runs))
        free = work.argmin(axis=0)
        work[free, rows] += random.exponential(size=runs)
        if i >= 0:
            times[i] = work[free, rows]
    return np.ascontiguousarray(times.T)


def share_above(t: float, load: float) -> float:
    """Of response times in steady M/M/8 of unit service: wait (Erlang C, exponential) + service."""
    spare, waits = SERVERS * (1.0 - load), _waits(load)
    both = (spare * math.exp(-t) - math.exp(-spare * t)) / (spare - 1.0)
    return (1.0 - waits) * math.exp(-t) + waits * both


def true_quantile(q: float, load: float) -> float:
    """The response time that a share of 1 - ``q`` exceeds, by bisection."""
    low, high = 0.0, 1_000.0
    for _ in range(100):
        middle = (low + high) / 2.0
        low, high = (middle, high) if share_above(middle, load) > 1.0 - q else (low, middle)
    return low


def true_mean(load: float) -> float:
    """Of the response time: service, and the wait of those that wait (Erlang C / spare capacity)."""
    spare = SERVERS * (1.0 - load)
    return 1.0 + _waits(load) / spare


def _waits(load: float) -> float:
    """The share of requests that wait: Erlang C."""
    offered = SERVERS * load
    last = offered**SERVERS / math.factorial(SERVERS) / (1.0 - load)
    return last / (sum(offered**k / math.factorial(k) for k in range(SERVERS)) + last)
