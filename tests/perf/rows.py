"""The bar, row by row: what is asked, what we do, what the floor and the peers do."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from tests.perf.raw import raw
from tests.perf.servers import Pace, beyond_veth, serving, serving_tls
from tests.perf.trial import Errors, Trial, attempt, busy_loop, flood, memory_mb, sent_errors_ms, stalls

USERS = {256: 5_000, 1_000: 12_000}
"""Streams, and how many requests a run of them makes."""

_WARMUP_S = 3.0
"""Over half of it users begin, which is about as long as a reply takes."""


@dataclass(frozen=True)
class Row:
    """One line of the table.

    :param value: ours.
    :param required: the least that is asked; ``aim`` is what is wished. None where a row is only told.
    :param higher: whether more is better.
    :param floor: of the C client in the same session, else of the harness's own record; ``peers`` likewise.
    """

    name: str
    value: float
    unit: str
    required: float | None = None
    aim: float | None = None
    higher: bool = False
    floor: str = ""
    peers: str = ""

    @property
    def kept(self) -> bool:
        """Whether what is required is met."""
        if self.required is None:
            return True
        return self.value >= self.required if self.higher else self.value <= self.required

    def __str__(self) -> str:
        asked = [f"{value:g}" if value is not None else "" for value in (self.required, self.aim)]
        mark = "" if self.required is None else "yes" if self.kept else "**no**"
        cells = (self.name, f"{self.value:.4g} {self.unit}", *asked, mark, self.floor, self.peers)
        return f"| {' | '.join(cells)} |"


def rows(programs: Path | None) -> Iterator[Row]:
    """All rows but the longest; those that need the C programs are left out where there are none."""
    usual = partial(serving, programs, Pace())
    idle = attempt(usual, "closed:8", seconds=60, requests=8)
    yield Row("start of the process to the first request", idle.start_s, "s", 1.5, 0.7, floor="0", peers="2.7 to 14")
    for users, requests in USERS.items():
        trial = attempt(usual, f"closed:{users}", seconds=120, requests=requests)
        yield from _closed(programs, users, trial, idle)
    yield from _kept(attempt(usual, "closed:1000", seconds=120, requests=USERS[1_000], warmup_s=_WARMUP_S), trial)
    name = "sent stamp, from the kernel's on its arrival at the server, 1,000 streams, p99"
    yield Row(name, _p99(sent_errors_ms()), "ms", 0.1, 0.02, peers="36 (mlcommons/endpoints, 256 streams)")
    busy = attempt(usual, "closed:1000", seconds=120, requests=USERS[1_000], beside=busy_loop)
    name = "every token's stamp, 1,000 streams, beside a busy loop, p99"
    yield Row(name, _p99(busy.token_errors_ms()), "ms", 1, 0.02, floor="0.004", peers="1,338 (aiohttp)")
    yield _open(attempt(usual, "constant:200", seconds=20))
    yield Row("events recorded and decoded, server without pause", flood(), "per s of CPU", 300_000, 1e6, higher=True)
    yield from _further(programs)


def long_rows(programs: Path | None) -> Iterator[Row]:
    """What takes minutes."""
    name = "memory of the load worker, 1,000 streams, 10 million tokens"
    yield Row(name, memory_mb(partial(serving, programs, Pace()), 1_000, 10_000_000), "MB", 600, 300)


def _further(programs: Path | None) -> Iterator[Row]:
    """What no bar is set for."""
    quick = attempt(
        partial(serving, programs, Pace(itl=5)), "closed:200", seconds=120, requests=4_000, beside=busy_loop
    )
    yield Row(
        "every token's stamp, ITL 5 ms, 200 streams, beside a busy loop, p99", _p99(quick.token_errors_ms()), "ms"
    )
    yield Row("... and beyond what the stamps themselves admit", _p99(quick.unadmitted_ms()), "ms")
    stalled = attempt(partial(serving, programs, Pace()), "closed:256", seconds=120, requests=USERS[256], beside=stalls)
    name = "every token's stamp, 256 streams, the client stands still for 50 ms each second, p99"
    yield Row(name, _p99(stalled.token_errors_ms()), "ms")
    yield Row("... share of tokens whose stamp is a later one's", 100 * stalled.shared, "%")
    yield Row("... error beyond what the stamps themselves admit, p99", _p99(stalled.unadmitted_ms()), "ms")
    secure = attempt(partial(serving_tls, Pace()), "closed:256", seconds=120, requests=USERS[256])
    yield Row("every token's stamp, 256 streams, TLS (the mock), p99", _p99(secure.token_errors_ms()), "ms")
    with beyond_veth() as place:
        if place is not None and programs is not None:
            far = attempt(partial(serving, programs, Pace(), place=place), "closed:1000", seconds=120, requests=8_000)
            yield Row(
                "every token's stamp, 1,000 streams, another network namespace (veth), p99",
                _p99(far.token_errors_ms()),
                "ms",
            )


def _closed(programs: Path | None, users: int, trial: Trial, idle: Trial) -> Iterator[Row]:
    first = {256: (0.1, "19 to 1,311"), 1_000: (0.2, "164 to 3,736")}[users]
    every = {256: (0.5, "8 (aiohttp), 84 (httpx)"), 1_000: (1, "236 (aiohttp), 1,331 (httpx)")}[users]
    streams, floor = f"{users:,} streams", {256: ("0.002", "0.004"), 1_000: ("0.002", "0.003")}[users]
    yield Row(
        f"first token's stamp, {streams}, p99",
        _p99(trial.first_errors_ms()),
        "ms",
        first[0],
        0.01,
        False,
        floor[0],
        first[1],
    )
    yield Row(
        f"every token's stamp, {streams}, p99",
        _p99(trial.token_errors_ms()),
        "ms",
        every[0],
        0.02,
        False,
        floor[1],
        every[1],
    )
    if users == 1_000:
        yield Row(f"memory of the load worker, {streams}", trial.worker_mb, "MB", 600, 300, peers="300 to 2,100")
    if programs is not None:
        yield _cpu(programs, users, trial, idle)


def _kept(usual: Trial, crowd: Trial) -> Iterator[Row]:
    name = "kept concurrency, 1,000 streams"
    yield Row(name, usual.kept(1_000), "", 0.99, 0.998, True, "1.000", "0.94 to 0.16")
    yield Row("... where all 1,000 begin at once, without a warm-up", crowd.kept(1_000), "")


def _cpu(programs: Path, users: int, trial: Trial, idle: Trial) -> Row:
    ours_ms = (trial.cpu_s - idle.cpu_s) * 1e6 / (trial.tokens - idle.tokens)
    with tempfile.TemporaryDirectory() as folder:
        floor_ms = raw(programs, users, USERS[users], Path(folder)).cpu_ms
    peers = {256: "51 to 169", 1_000: "23 to 144"}[users]
    name = f"CPU per 1,000 tokens, {users:,} streams, over the C client's"
    return Row(
        name, ours_ms / floor_ms, f"x ({ours_ms:.1f} ms)", 1.6, 1.0, floor=f"{floor_ms:.1f} ms", peers=f"{peers} ms"
    )


def _open(trial: Trial) -> Row:
    late_ms = trial.lateness_ms()
    return Row(
        "200 requests/s: from its time to the server's read, p99",
        _p99(late_ms),
        "ms",
        1,
        0.3,
        False,
        "0.25",
        "21 to 954",
    )


def _p99(values: Errors) -> float:
    return float(np.quantile(values, 0.99))
