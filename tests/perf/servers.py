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

import trustme

from pytest_fmbench.testing import Script, healthy, serving_apart, uniform
from pytest_fmbench.testing import constant as always
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


@dataclass(frozen=True)
class Place:
    """Where a server runs: the words before its command, and the address that reaches it."""

    prefix: tuple[str, ...] = ()
    host: str = "127.0.0.1"


HERE = Place()


@contextmanager
def beyond_veth() -> Iterator[Place | None]:
    """Another network namespace, reached over a pair of virtual cards; None where we may not make one."""
    name, ours, theirs = "fmbench-perf", "fmbench0", "fmbench1"
    inside = ("ip", "netns", "exec", name)
    steps = (
        ("ip", "netns", "add", name),
        ("ip", "link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name),
        ("ip", "address", "add", "10.199.0.1/30", "dev", ours),
        ("ip", "link", "set", ours, "up"),
        (*inside, "ip", "address", "add", "10.199.0.2/30", "dev", theirs),
        (*inside, "ip", "link", "set", theirs, "up"),
    )
    if shutil.which("ip") is None or not _succeeds(steps[0]):
        yield None
        return
    try:
        yield Place(inside, "10.199.0.2") if all(_succeeds(step) for step in steps[1:]) else None
    finally:
        _succeeds(("ip", "netns", "delete", name))


def _succeeds(command: tuple[str, ...]) -> bool:
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0


class CServer:
    """The independent server."""

    name = "independent server in C"

    def __init__(self, program: Path, pace: Pace, folder: Path, place: Place = HERE) -> None:
        self._dump, port = folder / "truth.bin", _free_port()
        options = ["--ttft", pace.ttft, "--ttft-jitter", pace.jitter, "--itl", pace.itl, "--dump", self._dump]
        command = [*place.prefix, program, "--port", port, *options]
        self._process = subprocess.Popen([str(word) for word in command], stderr=subprocess.DEVNULL)
        os.sched_setaffinity(self._process.pid, {SERVER_CORE})
        self.url, self.port = f"http://{place.host}:{port}/v1", port
        assert eventually(lambda: _listens(place.host, port))

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
            source = (SOURCES / f"{name}.c").read_bytes()
            _compile(compiler, source, Path(folder, name))
            # for a network namespace of its own, which nobody else reaches
            _compile(compiler, source.replace(b"INADDR_LOOPBACK", b"INADDR_ANY"), Path(folder, f"{name}_anywhere"))
        yield Path(folder)


def _compile(compiler: str, source: bytes, program: Path) -> None:
    command = [compiler, "-O2", "-w", "-x", "c", "-", "-o", str(program), "-lm"]
    subprocess.run(command, input=source, check=True)


@contextmanager
def serving_tls(pace: Pace, folder: Path) -> Iterator[Server]:
    """The mock over TLS, whose certificate ``folder/ca.pem`` vouches for."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    with serving_apart(_script(pace), cores=(SERVER_CORE,), certificate=folder / "server.pem") as mock:
        yield _Mock(mock.url + "/v1", mock.truths)


def _script(pace: Pace) -> Script:
    first = uniform((pace.ttft - pace.jitter) / 1e3, (pace.ttft + pace.jitter) / 1e3)
    return healthy(ttft=first, itl=always(pace.itl / 1e3))


@contextmanager
def serving(programs: Path | None, pace: Pace, folder: Path, place: Place = HERE) -> Iterator[Server]:
    """A server at ``pace``, on a core of its own."""
    if programs is not None:
        name = "truth_server" if place is HERE else "truth_server_anywhere"
        server = CServer(programs / name, pace, folder, place)
        try:
            yield server
        finally:
            server.stop()
        return
    with serving_apart(_script(pace), cores=(SERVER_CORE,)) as mock:
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


def _listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0
