"""The stand-in as a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_fmbench.platforms.aws.clients import client
from tests.unit.support.aws.requests import hosted

pytestmark = pytest.mark.lasting

ROOT = Path(__file__).parents[4]


@pytest.mark.lasting
def test_it_tells_where_it_is_and_at_its_end_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-m", "tests.support.aws"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        for _ in range(9):
            name, _, value = process.stdout.readline().removeprefix("export ").strip().partition("=")
            monkeypatch.setenv(name, value)
        client.cache_clear()
        hosted()
        client.cache_clear()
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert [line.split()[0] for line in said.splitlines()] == [
        f"sagemaker:{kind}" for kind in ("endpoint", "endpoint-config", "model")
    ]
