"""Searches for the capacity of a real engine, one after the other: ``python -m tests.calibration.searches [PAGE]``.

Takes a quarter of an hour a search at most, and a machine that does nothing else. Requests are short, so that a probe
has many of them, and its mean is not of a moment in which the machine happened to be slow.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.calibration.tables import Line, make

_TIMES = 5
_WIDEST = 0.25
_CASE = """
import pytest
from pytest_fmbench import Deployment, synthetic

@pytest.mark.deployments(Deployment("smollm2-135m", "llamacpp", quantization="q4_1"))
@pytest.mark.parametrize("nth", range({times}))
def test_again(fmbench, deployment, nth):
    asked = synthetic(input_tokens=39, output_tokens=1)
    fmbench.capacity(deployment, asked, "ttft.mean < 400ms", duration="15min", precision=0.2)
"""


def main() -> int:
    """Exit code 1 where two do not overlap, or one is wider than 25 %."""
    return make("tests.calibration.searches", {"searches": _searches}, _TIMES)


def _searches(times: int) -> Iterator[Line]:
    yield "| search | capacity, req/s | width | requests | minutes | bar |", True
    yield "|---|---|---|---|---|---|", True
    found = _measured(times)
    lowest, highest = max(_end(one, "low") for one in found), min(_end(one, "high") for one in found)
    for nth, one in enumerate(found, 1):
        value, low, high = float(one["rate"]["value"]), _end(one, "low"), _end(one, "high")
        width = (high - low) / value if value else math.inf
        kept = width <= _WIDEST and lowest <= highest
        ends = f"{value:.3g} [{low:.3g}, {high:.3g}]"
        minutes, bar = one["seconds"] / 60.0, "kept" if kept else "**missed**"
        yield f"| {nth} | {ends} | {width:.0%} | {one['requests']:,} | {minutes:.1f} | {bar} |", kept


def _end(found: dict[str, Any], end: str) -> float:
    value = found["rate"][end]
    return float(value) if value is not None else math.inf if end == "high" else 0.0


def _measured(times: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_again.py").write_text(_CASE.format(times=times))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--fmbench-output", "out"]
        subprocess.run(command, cwd=folder, check=True, stdout=sys.stderr)
        return [json.loads(path.read_text()) for path in sorted(folder.glob("out/*/capacities/*/capacity.json"))]


if __name__ == "__main__":
    sys.exit(main())
