"""A queue in simulated time, which searches ask as they would a server."""

from __future__ import annotations

from dataclasses import replace
from heapq import heappop, heappush

import numpy as np

from pytest_fmbench.load.arrivals import Closed, Load
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.runs.run import Run
from pytest_fmbench.stats.capacity import Probe
from tests.support.records import CERTIFICATE, measured, record, run_of

S = 1_000_000_000
SERVICE_S = 0.1
"""The mean of a service."""


class QueueServer:
    """M/M/2, or one with more servers, that is asked in simulated time.

    :param late_ns: how late the load generator stamps, by the probe.
    :ivar asked: loads and probes, in order.
    """

    def __init__(self, *late_ns: int, servers: int = 2, seed: int = 7) -> None:
        self.servers = servers
        self.random, self.late_ns = np.random.default_rng(seed), list(late_ns)
        self.asked: list[tuple[Load, Probe]] = []

    def __call__(self, load: Load, probe: Probe, name: str) -> tuple[Run, float]:
        self.asked.append((load, probe))
        n, users = probe.requests + probe.warm_up, load.users if isinstance(load, Closed) else 0
        rate = 1.0 / SERVICE_S if users else probe.rate
        services, gaps = self.random.exponential(SERVICE_S, n), self.random.exponential(1.0 / rate, n)
        due = [*np.cumsum(gaps).tolist()] if not users else [0.0] * users
        free, arrivals, ends = [0.0] * self.servers, list[float](), list[float]()
        for service in services.tolist():
            arrivals.append(heappop(due))
            ends.append(max(arrivals[-1], heappop(free)) + service)
            heappush(free, ends[-1])
            if users:
                heappush(due, ends[-1])
        rows = [
            record(
                (round(end * S),),
                scheduled_ns=round(at * S),
                begun_ns=round(at * S),
                sent_ns=round(at * S),
                phase="window" if nth >= probe.warm_up else "warmup",
            )
            for nth, (at, end) in enumerate(zip(arrivals, ends, strict=True))
        ]
        window = Window(round(arrivals[probe.warm_up] * S), round(arrivals[-1] * S) + 1)
        late = self.late_ns.pop(0) if self.late_ns else CERTIFICATE.stamp_p99_ns
        certificate = replace(CERTIFICATE, stamp_p99_ns=late)
        run = run_of(measured(*rows, window=window), certificate, open_loop=not users)
        return replace(run, name=name), n / rate
