"""Rounds on a real engine: each has a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from pytest_fmbench.store.table import read_measurement
from tests.live.test_llamacpp import servers_below
from tests.support.processes import alive

CASE = """
import pytest
from pytest_fmbench import Deployment, chat, closed

pytestmark = pytest.mark.lasting

@pytest.mark.deployments(Deployment("smollm2-135m", "llamacpp", quantization="q4_1"))
@pytest.mark.sla("ttft.mean < 30s", "error_rate <= 0%")
def test_chat(fmbench, deployment):
    run = fmbench(deployment, chat(output_tokens=6), closed(2), requests=24, duration=120, warmup=0, rounds=2)
    assert run.ttft.mean.n == 24
"""


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_each_round_has_a_process_of_its_own(live_case: pytest.Pytester) -> None:
    live_case.makepyfile(CASE)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    seen, most = set[int](), 0
    with subprocess.Popen(command, cwd=live_case.path, stdout=subprocess.PIPE, text=True) as session:
        while session.poll() is None:
            now = servers_below(live_case.path)
            seen, most = seen | now, max(most, len(now))
            time.sleep(0.02)
        assert session.stdout is not None
        said = session.stdout.read()
    assert session.returncode == 0, said
    assert len(seen) == 3, "one that was asked whether it answers, and one a round"
    assert most == 1
    assert not any(map(alive, seen))
    (table,) = live_case.path.glob("fmbench-out/*/cases/*/requests.parquet")
    measurement = read_measurement(table)
    assert [part.window_requests.num_rows for part in measurement.parts] == [12, 12]
    first, second = measurement.rounds
    assert first.end_ns < second.begin_ns
