"""Servers that know when they wrote: an independent one in C where its source is at hand, else our own mock."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pytest_fmbench.testing import constant as always
from pytest_fmbench.testing import healthy, serving_apart, uniform
from tests.support.processes import eventually

SOURCES = Path(os.environ.get("FMBENCH_TRUTH", Path(__file__).parents[3] / "shared/truth"))
"""Where ``truth_server.c`` and ``raw_client.c`` are."""

SERVER_CORE, CLIENT_CORE = 0, 1
_HEAD = struct.Struct("<6Q")
_RECORD = struct.Struct("<8Q8I64s16x")


@dataclass(frozen=True)
class Pace:
    """How the server answers: ms to the first token, its jitter to either side, ms between tokens."""

    ttft: float = 100.0
    jitter: float = 10.0
    itl: float = 20.0


@dataclass(frozen=True)
class Written:
    """One request, as the server saw it: when it had read all of it, and when each token's write had ended, in ns."""

    read_ns: int
    ends_ns: array[int]


class Server(Protocol):
    """A server that is running."""

    url: str

    def stop(self) -> Mapping[str, Written]:
        """End it; what it wrote, by request id."""
        ...


class CServer:
    """The independent server."""

    name = "independent server in C"

    def __init__(self, program: Path, pace: Pace, folder: Path) -> None:
        self._dump, port = folder / "truth.bin", _free_port()
        options = ["--ttft", pace.ttft, "--ttft-jitter", pace.jitter, "--itl", pace.itl, "--dump", self._dump]
        command = [program, "--port", port, *options]
        self._process = subprocess.Popen([str(word) for word in command], stderr=subprocess.DEVNULL)
        os.sched_setaffinity(self._process.pid, {SERVER_CORE})
        self.url, self.port = f"http://127.0.0.1:{port}/v1", port
        assert eventually(lambda: _listens(port))

    def stop(self) -> Mapping[str, Written]:
        """End it and read its dump."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()
        return dict(_records(self._dump.read_bytes()))


@contextmanager
def c_programs() -> Iterator[Path | None]:
    """A folder with the programs, compiled; None where there is no source or no compiler."""
    compiler = shutil.which("cc")
    if compiler is None or not (SOURCES / "truth_server.c").exists():
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        for name in ("truth_server", "raw_client"):
            command = [compiler, "-O2", "-w", "-o", f"{folder}/{name}", str(SOURCES / f"{name}.c"), "-lm"]
            subprocess.run(command, check=True)
        yield Path(folder)


@contextmanager
def serving(programs: Path | None, pace: Pace, folder: Path) -> Iterator[Server]:
    """A server at ``pace``, on a core of its own."""
    if programs is not None:
        server = CServer(programs / "truth_server", pace, folder)
        try:
            yield server
        finally:
            server.stop()
        return
    first = uniform((pace.ttft - pace.jitter) / 1e3, (pace.ttft + pace.jitter) / 1e3)
    with serving_apart(healthy(ttft=first, itl=always(pace.itl / 1e3)), cores=(SERVER_CORE,)) as mock:
        yield _Mock(mock.url + "/v1", mock.truths)


class _Mock:
    def __init__(self, url: str, truths: object) -> None:
        self.url, self._truths = url, truths

    def stop(self) -> Mapping[str, Written]:
        assert callable(self._truths)
        return {truth.request_id: Written(truth.read_ns, truth.end_ns) for truth in self._truths()}


def _records(data: bytes) -> Iterator[tuple[str, Written]]:
    _, size, count, *_ = _HEAD.unpack_from(data)
    assert size == _RECORD.size, "the server's records have another size than we know"
    at = _HEAD.size
    for _ in range(count):
        fields = _RECORD.unpack_from(data, at)
        read_ns, written, request_id = fields[2], fields[11], fields[16]
        ends = array("q")
        ends.frombytes(data[at + size : at + size + 8 * written])
        at += size + 12 * written
        yield request_id.rstrip(b"\0").decode(), Written(read_ns, ends)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
