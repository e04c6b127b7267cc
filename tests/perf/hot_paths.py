"""What every request passes, timed by pytest-benchmark: ``pytest -p benchmark tests/perf/hot_paths.py``.

For who changes one of them: ``--benchmark-autosave``, then ``--benchmark-compare``. What requests cost in all, ours and
others', is `python -m tests.perf`. None of this is collected with the tests, since a busy machine tells nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pytest_fmbench import stats
from pytest_fmbench.catalog import DIALECTS, METRICS
from pytest_fmbench.client.decoding import decode
from pytest_fmbench.client.framing import read_response
from pytest_fmbench.model.exchange import Exchange, Phase, Ticket
from pytest_fmbench.runs.figures import Figures
from pytest_fmbench.store.builder import TableBuilder
from pytest_fmbench.store.spool import SpoolReader, SpoolWriter
from tests.support.recordings import framed, recorded
from tests.support.records import measured, record

TOKENS = 64
REQUESTS = 1_000

Benchmark = Callable[..., Any]


def _reply() -> bytes:
    """A streamed chat of so many tokens, a chunk each."""
    deltas = [{"choices": [{"index": 0, "delta": {"content": f" word{nth}"}}]} for nth in range(TOKENS)]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]}
    usage = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": TOKENS}}
    events = [b"data: %s\n\n" % json.dumps(one).encode() for one in (*deltas, end, usage)]
    body = b"".join((*events, b"data: [DONE]\n\n"))
    return framed(body, [len(event) for event in events])


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    """One such request; a read brings about one token."""
    reply = _reply()
    return Exchange("r" * 32, Ticket(0, Phase.WINDOW, 1, 2), recorded(reply, range(300, len(reply), 90)))


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[SpoolWriter]:
    with closing(SpoolWriter(tmp_path / "spool")) as writer:
        yield writer


def test_http_is_taken_apart(benchmark: Benchmark, exchange: Exchange) -> None:
    assert benchmark(read_response, exchange.recording).status == 200


def test_a_reply_is_decoded(benchmark: Benchmark, exchange: Exchange) -> None:
    found = benchmark(decode, exchange, DIALECTS["openai-chat"]())
    assert (found.error, len(found.chunk_ns)) == (None, TOKENS)


def test_an_exchange_is_spooled(benchmark: Benchmark, exchange: Exchange, writer: SpoolWriter) -> None:
    benchmark(writer.append, exchange)


def test_a_spool_is_read(benchmark: Benchmark, exchange: Exchange, tmp_path: Path) -> None:
    path = tmp_path / "spool"
    with closing(SpoolWriter(path)) as writer:
        for _ in range(REQUESTS):
            writer.append(exchange)

    def read() -> int:
        with closing(SpoolReader(path)) as reader:
            return sum(1 for _ in reader.take())

    assert benchmark(read) == REQUESTS


def test_a_table_is_made(benchmark: Benchmark) -> None:
    one = record(tuple(range(100, 100 + TOKENS)))

    def make() -> int:
        builder = TableBuilder()
        for _ in range(REQUESTS):
            builder.add(one)
        return int(builder.table().num_rows)

    assert benchmark(make) == REQUESTS


@pytest.mark.parametrize("n", [1_000, 100_000])
def test_an_interval_of_a_quantile(benchmark: Benchmark, n: int) -> None:
    values = np.random.default_rng(1).exponential(size=n)
    assert benchmark(stats.quantile, values, 0.95).n == n


def test_every_figure_of_a_run(benchmark: Benchmark) -> None:
    draws = np.random.default_rng(1).integers(1_000, 9_000, (REQUESTS, TOKENS)).cumsum(axis=1)
    measurement = measured(*(record(tuple(100 + at for at in row)) for row in draws.tolist()))

    def compute() -> int:
        figures = Figures(measurement, METRICS)
        return sum(figures.estimate(metric, "p95").n for metric in ("ttft", "itl", "tpot", "e2e"))

    assert benchmark(compute) > REQUESTS
