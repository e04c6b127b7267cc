"""What the mock truly did, and whether it did it in time.

All times are in ns of CLOCK_MONOTONIC, so that they compare with those of every process of this machine.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from pytest_fmbench.clock import NS_PER_S

LATE_S = 0.001
"""The mock was the bottleneck when more than one token write in a hundred was later than this."""


@dataclass(frozen=True)
class Truth:
    """One request. The k-th entry of each sequence is of the k-th write that held tokens.

    :param request_id: its header ``x-request-id``; empty if it had none.
    :param read_ns: when the last byte of the request had been read.
    :param due_ns: when a write was due; when the client had made room for it, if that was later.
    :param begin_ns: before its bytes were given to the kernel.
    :param end_ns: after the kernel had taken the last of them. The client cannot have read it before ``begin_ns``.
    :param tokens: how many tokens it held.
    :param complete: whether the reply was written to its end: nothing broke it, on either side.
    """

    request_id: str
    read_ns: int
    due_ns: array[int]
    begin_ns: array[int]
    end_ns: array[int]
    tokens: array[int]
    complete: bool


@dataclass(frozen=True)
class Bottleneck:
    """How far the token writes were behind their schedule, in seconds (nearest-rank percentiles).

    :param writes: how many there were; all else is 0 if there was none.
    """

    writes: int
    p50_s: float
    p99_s: float
    max_s: float

    @property
    def late(self) -> bool:
        """Whether the mock, and not its client, was what kept tokens waiting."""
        return self.p99_s > LATE_S

    def __str__(self) -> str:
        if not self.writes:
            return "the mock wrote no tokens"
        verdict = "was the bottleneck; only its write times are true" if self.late else "kept its schedule"
        times = ", ".join(f"{name} {value * 1000:.3f} ms" for name, value in self._times())
        return f"the mock {verdict}: {self.writes} token writes, late by {times}"

    def _times(self) -> Iterable[tuple[str, float]]:
        return ("p50", self.p50_s), ("p99", self.p99_s), ("max", self.max_s)


def bottleneck(truths: Iterable[Truth]) -> Bottleneck:
    """How late the writes of these requests were."""
    late = sorted(
        begin - due for truth in truths for begin, due in zip(truth.begin_ns, truth.due_ns, strict=True)
    )  # fmt: skip
    return Bottleneck(len(late), *(_percentile(late, share) / NS_PER_S for share in (0.5, 0.99, 1.0)))


def _percentile(ordered: Sequence[int], share: float) -> int:
    return ordered[ceil(share * len(ordered)) - 1] if ordered else 0
