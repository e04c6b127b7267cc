"""What a million requests of 64 chunks cost: ``python -m tests.calibration.speed [--requests N] [--chunks N]``.

Every figure that reports list, of every metric, with its interval: on one core, each case in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pytest_fmbench import stats
from pytest_fmbench.catalog import METRICS
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.runs.figures import STATISTICS, Figures
from pytest_fmbench.store.table import write_measurement
from tests.calibration.recorded import NEEDED, recorded, window_of

_GIB = 1 << 30


def main() -> None:
    """Print wall and processor seconds, and the peaks of memory."""
    parser = argparse.ArgumentParser(prog="python -m tests.calibration.speed")
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--chunks", type=int, default=64)
    parser.add_argument("--case", choices=_CASES, help="this one alone, of records that --folder holds")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.case:
        _CASES[asked.case](asked)
        return
    if hasattr(os, "sched_setaffinity"):  # else a library may use more cores than the one
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        for name in _CASES:
            again = [sys.executable, "-m", "tests.calibration.speed", "--case", name, "--folder", folder]
            subprocess.run([*again, "--requests", str(asked.requests), "--chunks", str(asked.chunks)], check=True)


def _written(asked: argparse.Namespace) -> None:
    """Make the records, of one token a chunk and of two, and print what they are made of."""
    for tokens in (1, 2):
        table = recorded(asked.requests, asked.chunks // tokens, tokens)
        with pa.ipc.new_file(_ipc(asked, tokens), table.schema) as file:
            file.write_table(table)
        if tokens == 1:
            write_measurement(asked.folder / "requests.parquet", Measurement(table, window_of(asked.requests)))
            parts = (table, table.select(NEEDED), table.select(["chunk_ns", "chunk_tokens"]))
            whole, needed, chunks = (part.nbytes / _GIB for part in parts)
            print(f"a table of {whole:.2f} GiB, {needed:.2f} of it what metrics need, {chunks:.2f} chunks", flush=True)


def _ipc(asked: argparse.Namespace, tokens: int) -> str:
    return str(asked.folder / f"requests.{tokens}.arrow")


def _in_memory(asked: argparse.Namespace, columns: Sequence[str] | None = NEEDED, tokens: int = 1) -> pa.Table:
    names = pa.ipc.open_file(_ipc(asked, tokens)).schema.names
    wanted = [nth for nth, name in enumerate(names) if columns is None or name in columns]
    with pa.OSFile(_ipc(asked, tokens)) as file:
        return pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=wanted)).read_all()


def _mapped(asked: argparse.Namespace) -> pa.Table:
    return pa.ipc.open_file(pa.memory_map(_ipc(asked, 1))).read_all().select(NEEDED)


def _parquet(asked: argparse.Namespace) -> pa.Table:
    """In parts, as to read a file of one row group at once takes twice the memory of what is read."""
    file = pq.ParquetFile(asked.folder / "requests.parquet", memory_map=True, pre_buffer=False)
    return pa.Table.from_batches([*file.iter_batches(1 << 16, columns=list(NEEDED), use_threads=False)])


def _figures(load: Callable[[argparse.Namespace], pa.Table]) -> Callable[[argparse.Namespace], None]:
    """A case: the figures of a table that ``load`` brings."""

    def case(asked: argparse.Namespace) -> None:
        empty, begin = _peak(), time.perf_counter()
        measurement = Measurement(load(asked), window_of(asked.requests))
        loaded, read_s = _peak(), time.perf_counter() - begin
        begin, busy = time.perf_counter(), time.process_time()
        figures = Figures(measurement, METRICS)
        found = [
            figures.estimate(metric, statistic)
            for metric in METRICS
            for statistic in (STATISTICS if METRICS[metric].kind.takes_statistic else (None,))
        ]
        wall_s, busy_s = time.perf_counter() - begin, time.process_time() - busy
        print(
            f"{asked.case}: {len(found)} figures in {wall_s:.1f} s ({busy_s:.1f} s of the core), after {read_s:.1f} s "
            f"of reading; peak {_peak():.2f} GiB, of which {empty:.2f} before, {loaded - empty:.2f} for the table and "
            f"{_peak() - loaded:.2f} on top",
            flush=True,
        )

    return case


def _statistics(asked: argparse.Namespace) -> None:
    """Of samples alone, without a table."""
    random = np.random.default_rng(20_261_126)
    latencies = random.lognormal(0.0, 0.5, asked.requests)
    _timed(f"{latencies.size:,} latencies", lambda: _all(latencies))
    kept = latencies <= 2.0
    _timed(f"share of {latencies.size:,} requests", lambda: stats.proportion(kept, along=latencies))
    gaps = np.repeat(latencies, asked.chunks)
    for at in range(0, gaps.size, asked.requests):
        gaps[at : at + asked.requests] *= random.exponential(size=asked.requests)
    _timed(f"{gaps.size:,} gaps", lambda: _all(gaps))


def _all(samples: Floats) -> None:
    run = stats.prepare(samples)
    for q in (0.5, 0.9, 0.95, 0.99):
        stats.quantile(run, q)
    stats.mean(run)
    stats.maximum(run)


def _timed(name: str, what: Callable[[], object]) -> None:
    begin = time.process_time()
    what()
    print(f"{name}: {time.process_time() - begin:.1f} s of the core, peak {_peak():.2f} GiB", flush=True)


def _peak() -> float:
    """Of this process so far, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


_CASES: dict[str, Callable[[argparse.Namespace], None]] = {
    "samples": _statistics,
    "written": _written,
    "in memory": _figures(_in_memory),
    "in memory, two tokens a chunk": _figures(lambda asked: _in_memory(asked, tokens=2)),
    "in memory, all columns": _figures(lambda asked: _in_memory(asked, None)),
    "memory-mapped": _figures(_mapped),
    "parquet": _figures(_parquet),
}

if __name__ == "__main__":
    main()
