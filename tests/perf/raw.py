"""The floor: a client in C that does nothing but read, against the same server."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.perf.servers import CLIENT_CORE, CServer, Pace


@dataclass(frozen=True)
class Floor:
    """What the C client gave.

    :param cpu_ms: per 1,000 tokens.
    """

    cpu_ms: float


def raw(programs: Path, users: int, requests: int, folder: Path) -> Floor:
    """Let it ask so often, with kernel stamps."""
    server, found = CServer(programs / "truth_server", Pace(), folder), folder / "raw.json"
    try:
        words = [programs / "raw_client", "--port", server.port, "--c", users, "--n", requests, "--kts", "--out", found]
        client = subprocess.Popen([str(word) for word in words])
        os.sched_setaffinity(client.pid, {CLIENT_CORE})
        assert client.wait() == 0
    finally:
        server.stop()
    return Floor(json.loads(found.read_text())["cpu_us_per_token"])
