"""How many streams this machine's load generator can time truly, measured against the mock, which knows the truth."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

import numpy as np

from pytest_fmbench.load.arrivals import closed
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.platforms.cores import Placement, place
from pytest_fmbench.platforms.url import RunningServer
from pytest_fmbench.runs.crew.stamping import stamp_error_s
from pytest_fmbench.runs.measure import Measuring, Question, limits_of, measure
from pytest_fmbench.runs.run import Run
from pytest_fmbench.testing import Bottleneck, Truth, constant, healthy, serving_apart
from pytest_fmbench.testing.truth import bottleneck
from pytest_fmbench.workloads.chat import chat

MOST_ERROR_S = 1e-3
"""Beyond this error of a token's stamp (p99) the ceiling is reached."""

_TTFT_S, _ITL_S, _TOKENS = 0.1, 0.02, 64
_WARMUP_S = 1.0
_BUSY = """
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
while True: pass
"""


@dataclass(frozen=True)
class Finding:
    """What one number of streams gave.

    :param tokens_per_s: that arrived in the window.
    :param error_p99_s: distance of a token's stamp from [begin, end] of the write that brought it, in seconds, p99.
    :param first_error_p99_s: the same, of first tokens.
    :param bound_s: what the run's own certificate says of its stamps, knowing nothing of the truth.
    :param mock: whether the mock kept its schedule.
    """

    streams: int
    tokens_per_s: float
    error_p99_s: float
    first_error_p99_s: float
    bound_s: float
    mock: Bottleneck

    @property
    def true(self) -> bool:
        """The stamps are right to a millisecond."""
        return self.error_p99_s <= MOST_ERROR_S


def examine(streams: int, seconds: float, how: Measuring, *, busy: bool = False) -> Finding:
    """Measure the mock with so many users for so long, beside a loop without end where ``busy``."""
    placement = place(1)
    script = healthy(ttft=constant(_TTFT_S), itl=constant(_ITL_S))
    with (
        serving_apart(script, cores=placement.server) as mock,
        _neighbour(placement, busy=busy),
        TemporaryDirectory() as at,
    ):
        endpoint = Endpoint(f"{mock.url}/v1", "mock", "openai-chat", client_cores=placement.client)
        limits = limits_of(seconds, None, _WARMUP_S)
        question = Question(f"{streams} streams", chat(output_tokens=_TOKENS), closed(streams), limits)
        run = measure(question, RunningServer(endpoint), Path(at), how, input_tokens=0)
        return _finding(streams, run, {truth.request_id: truth for truth in mock.truths()})


def _finding(streams: int, run: Run, truths: Mapping[str, Truth]) -> Finding:
    rows = run.figures.measurement.window_requests.select(["request_id", "chunk_ns", "status"]).to_pylist()
    errors = [stamp_errors_s(row["chunk_ns"], truths[row["request_id"]]) for row in rows if row["status"] == "ok"]
    return Finding(
        streams,
        float(run.output_token_rate),
        float(np.quantile(np.concatenate(errors), 0.99)),
        float(np.quantile([error[0] for error in errors], 0.99)),
        stamp_error_s(run.figures.measurement, "itl", run.certificate.stamp_p99_ns / 1e9),
        bottleneck(truths.values()),
    )


def stamp_errors_s(stamps_ns: Sequence[int], truth: Truth) -> Floats:
    """How far each token's stamp is from the write that brought it, in seconds; 0 within it."""
    stamps, begin, end = (np.asarray(column, dtype=np.int64) for column in (stamps_ns, truth.begin_ns, truth.end_ns))
    outside = np.maximum(np.maximum(begin - stamps, stamps - end), 0)
    return np.asarray(outside / 1e9, dtype=np.float64)


@contextmanager
def _neighbour(placement: Placement, *, busy: bool) -> Iterator[None]:
    """A loop without end on the client's cores; its standard input is its lifeline."""
    if not busy:
        yield
        return
    with subprocess.Popen([sys.executable, "-c", _BUSY], stdin=subprocess.PIPE) as loop:
        if placement.client:
            os.sched_setaffinity(loop.pid, placement.client)
        try:
            yield
        finally:
            cast("BinaryIO", loop.stdin).close()
