"""What a large report costs: ``python -m tests.perf.reporting [PAGE]`` makes a session and reports it in a new process.

Time, CPU time and memory are those of ``fmbench report`` from its start to its end, as the kernel counts them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.perf.large_session import Size, write_session
from tests.perf.rows import Row

_HEAD = ("| | ours | required | aim | met | | |", "|---|---|---|---|---|---|---|")
_BEGIN, _END = "<!-- report -->", "<!-- end of report -->"
_MB = 1e6


@dataclass(frozen=True)
class Taken:
    """What a report took.

    :param memory_bytes: the most that its process held.
    :param page_bytes: of ``report.html``.
    """

    seconds: float
    cpu_s: float
    memory_bytes: int
    page_bytes: int


def main() -> int:
    """Exit code 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.perf.reporting")
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--requests", type=int, default=10_000, help="of each case")
    parser.add_argument("--tokens", type=int, default=10, help="of each request")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="leave the session there; one that is there is reported"
    )
    parser.add_argument("page", nargs="?", type=Path)
    asked = parser.parse_args()
    size = Size(asked.cases, asked.requests, asked.tokens)
    with tempfile.TemporaryDirectory() as folder:
        session = asked.keep or Path(folder)
        if not (session / "session.json").exists():
            write_session(session, size)
        found = list(rows(report(session), size))
    lines = [*_HEAD, *map(str, found)]
    print(*lines, sep="\n")
    if asked.page:
        before, rest = asked.page.read_text("utf-8").split(_BEGIN)
        asked.page.write_text("\n".join((before + _BEGIN, *lines, _END + rest.split(_END)[1])), "utf-8")
    return 0 if all(row.kept for row in found) else 1


def report(session: Path) -> Taken:
    """Report ``session`` as people do.

    :raises RuntimeError: when it fails; that an SLA is missed is none.
    """
    begun = time.monotonic()
    command = [sys.executable, "-m", "pytest_fmbench.cli", "report", str(session)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    page = (session / "report.html").stat().st_size
    return Taken(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, page)  # Linux counts kB


def rows(taken: Taken, size: Size) -> Iterator[Row]:
    """Against the bars, which are of 100 cases, a million requests and ten million tokens in all."""
    requests = size.cases * size.requests
    what = f"`fmbench report` of {size.cases} cases, {requests:,} requests, {requests * size.tokens:,} tokens"
    yield Row(what, taken.seconds, "s", required=20.0)
    yield Row("... its CPU", taken.cpu_s, "s")
    yield Row("... the most memory that it held", taken.memory_bytes / _MB, "MB", required=2_000.0)
    yield Row("... `report.html`", taken.page_bytes / _MB, "MB", required=5.0)


if __name__ == "__main__":
    sys.exit(main())
