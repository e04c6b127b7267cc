"""Loads with a shape, and users who think, from a case to its records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pytest_fmbench.load.arrivals import steps
from pytest_fmbench.store.table import read_measurement
from tests.support.mock_server import MockServer

CASES = """
import pytest
from pytest_fmbench import chat, closed, ramp, steps

LOADS = [steps([20, 80], each="1s"), closed(4, think="200ms"), ramp(1, 2, over="60min")]

@pytest.mark.parametrize("load", LOADS, ids=str)
@pytest.mark.sla("ttft.p50 < 60s", "error_rate <= 0%")
def test_chat(fmbench, deployment, load):
    fmbench(deployment, chat(output_tokens=4), load, warmup="500ms")
"""


@pytest.mark.lasting
def test_loads_are_chosen_by_their_text_and_kept_as_they_are(pytester: pytest.Pytester, mock: MockServer) -> None:
    pytester.makepyfile(CASES)
    result = pytester.runpytest_subprocess(
        *("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m", "-p", "no:cacheprovider"),
        *("--fmbench-inconclusive", "pass", "--fmbench-duration", "1s", "--fmbench-workers", "2"),
        *("-k", "steps:20+80:1s or closed:4-think:0.2s"),
    )
    result.assert_outcomes(passed=2, deselected=1)
    found = {told["load"]: (told, folder) for told, folder in map(kept, pytester.path.glob("fmbench-out/*/cases/*"))}
    assert sorted(found) == ["closed:4-think:0.2s", "steps:20+80:1s"]

    told, folder = found["steps:20+80:1s"]
    assert (told["shape_s"], told["window_s"], told["looks"]) == (2.0, 2.0, [])
    records = read_measurement(folder / "requests.parquet")
    due = np.sort(records.requests["scheduled_ns"].to_numpy()) - records.window.begin_ns
    offsets = steps([20, 80], each="1s").offsets(0, 500_000_000)
    assert due.tolist() == [next(offsets) - 500_000_000 for _ in due]
    warm_up, first, second = np.histogram(due, [-5 * 10**8, 0, 10**9, 2 * 10**9])[0]
    assert warm_up > 0
    assert second > 2 * first

    _, folder = found["closed:4-think:0.2s"]
    users = read_measurement(folder / "requests.parquet").requests
    assert np.all(users["begun_ns"].to_numpy() >= users["scheduled_ns"].to_numpy())
    lasted_s = (users["begun_ns"].to_numpy().max() - users["begun_ns"].to_numpy().min()) / 1e9
    assert 4 < users.num_rows <= 4 * (1 + lasted_s / 0.2)


def kept(folder: Path) -> tuple[dict[str, Any], Path]:
    told: dict[str, Any] = json.loads((folder / "case.json").read_text())
    return told, folder
