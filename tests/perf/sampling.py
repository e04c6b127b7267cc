"""What a sample costs: ``python -m tests.perf.sampling [PAGE]`` prints a row a source, and writes them into a page.

CPU time is that of the thread that samples, as each run measures and keeps it; the servers of the pages are in other
threads of this process, whose time is no part of that.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from statistics import median

from pytest_fmbench.catalog import SOURCES, STACKS
from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.telemetry.base import Source, Subject
from pytest_fmbench.telemetry.sampler import Sampler
from tests.support.mock_server import plain, serving
from tests.support.telemetry import DCGM, LLAMACPP, VLLM

_ROUNDS, _ROUND_S, _PERIOD_S = 5, 4.0, 0.1
_HEAD = ("| source | CPU a sample | time a sample | once a second |", "|---|---|---|---|")
_BEGIN, _END = "<!-- costs -->", "<!-- end of costs -->"
_VLLM_LINES, _BUCKETS = 560, 24
"""Of vLLM 0.32's page, which has 42 kB, and of a histogram there, about."""


def main() -> int:
    """Measure, print, and write where that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.perf.sampling")
    parser.add_argument("page", nargs="?", type=Path)
    asked = parser.parse_args()
    lines = [*_HEAD]
    print(*_HEAD, sep="\n")
    for name, opened in _sources():
        with suppress(TelemetryFault), opened as source:  # what is not here has no row
            lines.append(_row(name, source))
            print(lines[-1], flush=True)
    if asked.page:
        before, rest = asked.page.read_text("utf-8").split(_BEGIN)
        asked.page.write_text("\n".join((before + _BEGIN, *lines, _END + rest.split(_END)[1])), "utf-8")
    return 0


def _row(name: str, source: Source) -> str:
    """The median of some rounds, each of which samples for a while."""
    cpu_ms, wall_ms = [], []
    for _ in range(_ROUNDS):
        with Sampler({name: source}, _PERIOD_S) as sampler:
            time.sleep(_ROUND_S)
        cost = sampler.costs[name]
        if cost.gaps:
            raise RuntimeError(f"{name} failed {cost.gaps} times: {cost.fault}")
        cpu_ms.append(cost.cpu_ns / cost.samples / 1e6)
        wall_ms.append(cost.wall_ns / cost.samples / 1e6)
    cpu = median(cpu_ms)
    return f"| {name} | {cpu:.2g} ms | {median(wall_ms):.2g} ms | {cpu / 10:.2g} % of a core |"


def _sources() -> Iterator[tuple[str, AbstractContextManager[Source]]]:
    yield "`host`", _opened("host", "")
    yield _named("llama.cpp's page", LLAMACPP), _opened("server", LLAMACPP, "llamacpp")
    large = _as_large_as_vllms(VLLM)
    yield _named("a page of vLLM's size", large), _opened("server", large, "vllm")
    yield _named("a DCGM exporter's page of 2 GPUs", DCGM), _opened("dcgm", DCGM)
    yield "`nvml`", _opened("nvml", "")
    yield "`neuron`", _opened("neuron", "")


def _named(what: str, page: str) -> str:
    return f"{what} ({len(page.splitlines())} lines, {len(page) / 1e3:.2g} kB)"


def _as_large_as_vllms(page: str) -> str:
    """With all histograms that are read, and with series beside them that nobody asks for, as vLLM's has."""
    histograms = [STACKS["vllm"]().card.metrics[word] for word in ("queue_time", "itl", "e2e")]
    read = [_bucket(name, nth) for name in histograms for nth in range(_BUCKETS)]
    beside = _VLLM_LINES - len(page.splitlines()) - len(read)
    return page + "\n".join((*read, *(_bucket("vllm:request_params_max_tokens", nth) for nth in range(beside)))) + "\n"


def _bucket(name: str, nth: int) -> str:
    return f'{name}_bucket{{engine="0",le="{nth}.0",model_name="org/model"}} {nth}.0'


@contextmanager
def _opened(name: str, page: str, stack: str = "") -> Iterator[Source]:
    with serving(lambda _: plain(200, f"{page}# {{}}")) as server:  # such an end keeps its connections open
        endpoint, url = Endpoint(f"{server.url}/v1", "m", "openai-chat"), f"{server.url}/metrics"
        words = STACKS[stack]().card.metrics if stack else {}
        source = SOURCES[name](Subject(endpoint, True, url, words=words, dcgm_url=url if name == "dcgm" else None))
        try:
            yield source
        finally:
            source.close()


if __name__ == "__main__":
    sys.exit(main())
