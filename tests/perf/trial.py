"""One run of ours against a server that knows, and how far its stamps were from the truth."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fmbench.store.table import read_measurement
from tests.perf.servers import CLIENT_CORE, Server, Written
from tests.perf.subject import TOKENS

Errors = npt.NDArray[np.float64]
Serve = Callable[[Path], AbstractContextManager[Server]]
Beside = Callable[[], AbstractContextManager[None]]
_NS_PER_MS = 1e6


@dataclass(frozen=True)
class Trial:
    """What one run gave.

    :param rows: of its requests that succeeded, all phases.
    :param truth: by request id.
    :param cpu_s: of the whole process tree, from its start to the finished file.
    :param start_s: from the start of the process to the first request.
    """

    rows: list[dict[str, Any]]
    truth: Mapping[str, Written]
    certificate: dict[str, Any]
    cpu_s: float
    start_s: float

    @property
    def worker_mb(self) -> float:
        """The most that the load process held."""
        return float(self.certificate["memory_bytes"] / 2**20)

    @property
    def tokens(self) -> int:
        """That the server wrote."""
        return sum(len(written.ends_ns) for written in self.truth.values())

    def token_errors_ms(self) -> Errors:
        """How far each token's stamp is from the end of the write that brought it, in ms."""
        return np.concatenate([self._errors(row) for row in self.rows])

    def first_errors_ms(self) -> Errors:
        """The same, of first tokens."""
        return np.array([self._errors(row)[0] for row in self.rows])

    def unadmitted_ms(self) -> Errors:
        """How far each token's stamp is beyond what its own row admits (``chunk_slack_ns``), in ms."""
        slack_ms = np.concatenate([np.array(row["chunk_slack_ns"], dtype=np.float64) for row in self.rows]) / _NS_PER_MS
        return np.clip(self.token_errors_ms() - slack_ms, 0.0, None)

    @property
    def shared(self) -> float:
        """Share of tokens whose stamp is a later one's."""
        return float(np.mean([flag for row in self.rows for flag in row["chunk_shared"]]))

    def kept(self, users: int) -> float:
        """Requests in flight as the server saw them, on average over the middle of the run, over ``users``."""
        begun = np.array([written.read_ns for written in self.truth.values()], dtype=np.float64)
        ended = np.array([written.ends_ns[-1] if written.ends_ns else 0 for written in self.truth.values()])
        low, high = np.quantile([begun.min(), begun.max()], [0.2, 0.75])
        inside = np.clip(np.minimum(ended, high) - np.maximum(begun, low), 0, None).sum()
        return float(inside / (high - low) / users)

    def lateness_ms(self) -> Errors:
        """How long after its time the server had read each request, in ms."""
        read = (self.truth[row["request_id"]].read_ns - row["scheduled_ns"] for row in self.rows)
        return np.array([late_ns / _NS_PER_MS for late_ns in read])

    def _errors(self, row: dict[str, Any]) -> Errors:
        written = np.frombuffer(self.truth[row["request_id"]].ends_ns, dtype=np.int64)
        stamps = np.array(row["chunk_ns"], dtype=np.int64)
        assert len(stamps) == len(written), f"{len(stamps)} chunks of {len(written)} tokens"
        errors: Errors = np.abs(stamps - written) / _NS_PER_MS
        return errors


def attempt(
    serve: Serve,
    load: str,
    *,
    seconds: float,
    requests: int = 0,
    beside: Beside = nullcontext,
    warmup_s: float = 0.0,
) -> Trial:
    """Run ``load`` for so long, or so many requests.

    :param serve: starts the server; given a folder of its own.
    :param beside: what else goes on meanwhile.
    :param warmup_s: least length of the warm-up, over half of which users begin; without one, all begin at once.
    """
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as server, beside():
        before, begun_ns = _cpu_s(), time.monotonic_ns()
        said = _measure(server.url, load, seconds, requests, folder, warmup_s=warmup_s)
        cpu_s, truth = _cpu_s() - before, server.stop()
        table = read_measurement(Path(folder) / "requests.parquet").requests
        rows = [row for row in table.to_pylist() if row["status"] == "ok"]
        start_s = (min(row["sent_ns"] for row in rows) - begun_ns) / 1e9
        return Trial(rows, truth, said, cpu_s, start_s)


def memory_mb(serve: Serve, users: int, tokens: int) -> float:
    """The most that the load process held over so many tokens."""
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as server:
        said = _measure(server.url, f"closed:{users}", 3_600, tokens // TOKENS, folder)
    return float(said["memory_bytes"] / 2**20)


def sent_errors_ms(users: int = 1_000, requests: int = 10_000) -> Errors:
    """How far each request's sent stamp is from the kernel's stamp on its arrival at the server's socket, in ms."""
    command = [sys.executable, "-m", "tests.perf.sink"]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as sink,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert sink.stdout is not None
        url = f"http://127.0.0.1:{int(sink.stdout.readline())}/v1"
        _measure(url, f"closed:{users}", 60, requests, folder)
        arrivals = json.loads(sink.communicate()[0])
        rows = read_measurement(Path(folder) / "requests.parquet").requests.to_pylist()
    return np.array(
        [abs(arrivals[row["request_id"]] - row["sent_ns"]) / _NS_PER_MS for row in rows if row["status"] == "ok"]
    )


def flood(events: int = 200_000, streams: int = 4) -> float:
    """Events a second of our CPU, against a server that never pauses."""
    command = [sys.executable, "-m", "tests.perf.flood", str(events)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server, tempfile.TemporaryDirectory() as folder:
        try:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
            spent = []
            for requests in (1, 3 * streams):
                before = _cpu_s()
                _measure(url, f"closed:{min(streams, requests)}", 60, requests, folder)
                table = read_measurement(Path(folder) / "requests.parquet").requests
                spent.append((_cpu_s() - before, sum(table["counted_output_tokens"].to_pylist())))
        finally:
            server.kill()
    (idle_s, few), (busy_s, many) = spent
    return float((many - few) / (busy_s - idle_s))


def _measure(
    url: str, load: str, seconds: float, requests: int, folder: str, *, warmup_s: float = 0.0
) -> dict[str, Any]:
    command = [
        sys.executable,
        "-m",
        "tests.perf.subject",
        url,
        load,
        str(seconds),
        str(requests),
        folder,
        str(warmup_s),
    ]
    said: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return said


def _cpu_s() -> float:
    """Of all processes that have ended below us."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


@contextmanager
def busy_loop() -> Iterator[None]:
    """A loop without end on the client's core."""
    loop = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    os.sched_setaffinity(loop.pid, {CLIENT_CORE})
    try:
        yield
    finally:
        loop.kill()
        loop.wait()


@contextmanager
def stalls() -> Iterator[None]:
    """All load processes stand still for 50 ms, once a second."""
    over = threading.Event()
    thread = threading.Thread(target=_stall, args=(over,))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _stall(over: threading.Event) -> None:
    while not over.wait(1.0):
        workers = [
            pid for pid in _descendants(os.getpid()) if b"load.child" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        for number, pause_s in ((signal.SIGSTOP, 0.05), (signal.SIGCONT, 0.0)):
            for pid in workers:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            time.sleep(pause_s)


def _descendants(pid: int) -> Iterator[int]:
    with suppress(FileNotFoundError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                yield int(child)
                yield from _descendants(int(child))
