"""A session in one file of JSON: for pytest-benchmark, and for github-action-benchmark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pytest_fmbench.sinks.benchmark_json import write_benchmark
from pytest_fmbench.sinks.exports.base import Export, Exported
from pytest_fmbench.sinks.files import write
from pytest_fmbench.sinks.tracked import bigger_is_better, smaller_is_better


def write_for_pytest_benchmark(exported: Exported, path: Path) -> str:
    """As the session's own ``benchmark.json``, of the records.

    :raises StoreError: when it cannot be written.
    """
    write_benchmark(path, exported.summaries, exported.session)
    return f"the latencies of {len(exported.summaries)} runs"


def write_smaller(exported: Exported, path: Path) -> str:
    """Latencies and errors.

    :raises StoreError: when it cannot be written.
    """
    return _write(path, smaller_is_better(exported.summaries))


def write_bigger(exported: Exported, path: Path) -> str:
    """Rates and shares that should be large.

    :raises StoreError: when it cannot be written.
    """
    return _write(path, bigger_is_better(exported.summaries))


def _write(path: Path, found: list[dict[str, Any]]) -> str:
    write(path, json.dumps(found, indent=2, allow_nan=False) + "\n")
    return f"{len(found)} figures"


BENCHMARK = Export("benchmark.json", "latencies, as pytest-benchmark writes them", write_for_pytest_benchmark)
SMALLER = Export("smaller-is-better.json", "latencies and errors, for github-action-benchmark", write_smaller)
BIGGER = Export("bigger-is-better.json", "rates, for github-action-benchmark", write_bigger)
