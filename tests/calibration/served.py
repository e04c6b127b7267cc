"""Servers that begin empty, many at once, each at a rate of its own: what a probe of a capacity meets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pytest_fmbench.model.samples import Floats

_BLOCK = 512


@dataclass(frozen=True)
class Queue:
    """M/M/c, or M/D/c where service is ``fixed``; a request ``alone`` takes 1. Latencies are response times."""

    servers: int = 8
    alone: float = 1.0
    fixed: bool = False

    @property
    def name(self) -> str:
        """As the table writes it."""
        return f"M/{'D' if self.fixed else 'M'}/{self.servers}"

    def latencies(self, rates: Floats, requests: int, random: np.random.Generator) -> Floats:
        """Of the first ``requests`` of each run, a column a run (Kiefer and Wolfowitz, 1955)."""
        runs, rows = rates.size, np.arange(rates.size)
        work, times = np.zeros((self.servers, runs)), np.empty((requests, runs))
        for begin in range(0, requests, _BLOCK):
            size = min(_BLOCK, requests - begin)
            gaps = random.exponential(size=(size, runs)) / rates
            services = np.ones((size, runs)) if self.fixed else random.exponential(size=(size, runs))
            for i in range(size):
                work -= gaps[i]
                np.maximum(work, 0.0, out=work)
                free = work.argmin(axis=0)
                work[free, rows] += services[i]
                times[begin + i] = work[free, rows]
        return times


@dataclass(frozen=True)
class Batching:
    """A server that batches continuously. Its latency is the time to the first token.

    A step takes 1, 0.1 more for each request in the batch, and 3 more if it takes a prompt in, of which it takes one.
    A batch has 8 places; replies have 16 tokens in the mean (geometric). Arrivals are Poisson.
    """

    places: int = 8
    tokens: float = 16.0
    alone: float = 3.0 + 16.0 * 1.1

    @property
    def name(self) -> str:
        """As the table writes it."""
        return "batching"

    def latencies(self, rates: Floats, requests: int, random: np.random.Generator) -> Floats:
        """Of the first ``requests`` of each run, a column a run."""
        runs, rows = rates.size, np.arange(rates.size)
        arrivals = np.cumsum(random.exponential(size=(requests + 1, runs)) / rates, axis=0)
        lengths = random.geometric(1.0 / self.tokens, size=(requests + 1, runs)).astype(np.int32)
        left, now = np.zeros((self.places, runs), np.int32), np.zeros(runs)
        taken, times = np.zeros(runs, np.int64), np.empty((requests, runs))
        while (taken < requests).any():
            place, due = left.argmin(axis=0), arrivals[taken, rows]
            busy = left.max(axis=0) > 0
            now = np.where(busy, now, np.maximum(now, due))
            takes = (left[place, rows] == 0) & (due <= now) & (taken < requests)
            left[place[takes], rows[takes]] = lengths[taken[takes], rows[takes]]
            active = left > 0
            now = now + 1.0 + 0.1 * active.sum(axis=0) + 3.0 * takes
            times[taken[takes], rows[takes]] = (now - due)[takes]
            taken = taken + takes
            left -= active
        return times


Served = Queue | Batching


def windows(
    served: Served, rates: Sequence[float], skipped: Sequence[int], sizes: Sequence[int], seed: Sequence[int]
) -> list[Floats]:
    """The latencies of each run's window, after those of its warm-up; runs of like length are simulated together."""
    random, found = np.random.default_rng([*seed]), dict[int, Floats]()
    wholes = np.asarray(skipped) + np.asarray(sizes)
    groups = np.ceil(np.log2(wholes)).astype(int)
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        times = served.latencies(np.asarray(rates)[members], int(wholes[members].max()), random)
        for column, nth in enumerate(members.tolist()):
            found[nth] = times[skipped[nth] : skipped[nth] + sizes[nth], column]
    return [found[nth] for nth in range(len(wholes))]
