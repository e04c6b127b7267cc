"""Three local deployments as instances at made-up prices: ``python -m tests.calibration.instances [PAGE]``.

Each is searched for its capacity, and measured at a grid of rates around it; what is recommended is held against what
the grid says. Takes an hour, and a machine that does nothing else. ``FMBENCH_PYTHON_VLLM_CPU`` names the Python that
has vLLM; without it transformers takes its place.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pytest_fmbench.recommend import Demand, replicas_for
from pytest_fmbench.recommend.chances import TIE
from pytest_fmbench.stats.capacity import isotonic
from tests.calibration.tables import Line, make

_LIMIT_S = 0.4
_PARTS = (0.6, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5)
_PRICES = ((1.0, 1.0, 1.0), (1.0, 2.0, 1.5), (1.0, 1.3, 0.4), (2.0, 1.0, 0.2))
"""Dollars an hour of the three, some times over."""

_PEAKS = (5.0, 40.0, 200.0)
_VLLM = 'Deployment("smollm2-135m", "vllm_cpu", options={"threads": 1, "context": 2048, "--enforce-eager": True})'
_TRANSFORMERS = 'Deployment("smollm2-135m", "transformers")'
_CASE = """
import pytest
from pytest_fmbench import Deployment, poisson, synthetic

ASKED = synthetic(input_tokens=39, output_tokens=1)
EACH = [
    Deployment("smollm2-135m", "llamacpp", quantization="q4_1", options={{"threads": 1}}),
    Deployment("smollm2-135m", "llamacpp", quantization="q4_1", options={{"threads": 2}}),
    {third},
]

@pytest.mark.deployments(*EACH)
def test_instance(fmbench, deployment):
    found = fmbench.capacity(deployment, ASKED, "ttft.mean < {limit}s", duration="{minutes}min", precision=0.15)
    for part in {parts}:
        rate = part * float(found.rate)
        fmbench(deployment, ASKED, poisson(rate), duration="{seconds}s", judged=False, name=f"{{rate:.4f}}")
"""


def main() -> int:
    """Exit code 1 where something else is cheaper, by the grid, and no tie of what is recommended."""
    return make("tests.calibration.instances", {"instances": _rows}, 10)


def _rows(minutes: int) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as name:
        session = _measured(Path(name), minutes)
        searched = [json.loads(one.read_text()) for one in sorted(session.glob("capacities/*/capacity.json"))]
        grid = {one["deployment"]: _by_grid(session, one["deployment"]) for one in searched}
        yield "| deployment | capacity by search, req/s | by the grid |", True
        yield "|---|---|---|", True
        for one in searched:
            rate = one["rate"]
            ends = f"{rate['value']:.3g} [{rate['low'] or 0.0:.3g}, {rate['high'] or math.inf:.3g}]"
            yield f"| `{one['deployment']}` | {ends} | {grid[one['deployment']]:.3g} |", True
        yield "", True
        yield "| peak, req/s | USD an hour | recommended | cheapest by the grid | bar |", True
        yield "|---|---|---|---|---|", True
        for prices in _PRICES:
            yield from (_row(session, peak, dict(zip(grid, prices, strict=True)), grid) for peak in _PEAKS)


def _row(session: Path, peak: float, prices: Mapping[str, float], grid: Mapping[str, float]) -> Line:
    said = _recommended(session, peak, prices)
    demand = Demand(peak)
    costs = {name: replicas_for(demand, rate) * prices[name] for name, rate in grid.items() if rate > 0.0}
    cheapest = min(costs, key=lambda name: costs[name])
    best = said["recommended"]
    named = [] if best is None else [best["deployment"], *said["ties"]]
    alike = best is not None and costs.get(best["deployment"], math.inf) <= (1.0 + TIE) * costs[cheapest]
    kept = alike or cheapest in named
    told = "none" if best is None else f"{best['replicas']} x `{best['deployment']}`"
    ties = "".join(f", or `{one}`" for one in said["ties"])
    cells = (
        f"{peak:g}",
        ", ".join(f"{usd:g}" for usd in prices.values()),
        f"{told}{ties}",
        f"{replicas_for(demand, grid[cheapest])} x `{cheapest}`",
        "kept" if alike else "kept, by a tie" if kept else "**missed**",
    )
    return f"| {' | '.join(cells)} |", kept


def _recommended(session: Path, peak: float, prices: Mapping[str, float]) -> dict[str, Any]:
    given = [word for name, usd in prices.items() for word in ("--price", f"{name}={usd}")]
    command = [sys.executable, "-m", "pytest_fmbench.cli", "recommend", "--peak", str(peak), "--json", *given]
    done = subprocess.run([*command, str(session)], check=False, capture_output=True, text=True)
    if done.returncode == 2:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _by_grid(session: Path, deployment: str) -> float:
    """Where the monotone curve through the grid's means crosses the limit, between two rates in log(rate)."""
    cases = [json.loads(one.read_text()) for one in session.glob("cases/*/case.json")]
    points = sorted(
        (float(one["name"]), one["figures"]["ttft_scheduled.mean"]["value"], one["requests"])
        for one in cases
        if one["deployment"] == deployment
    )
    rates, means, requests = (np.array(column, float) for column in zip(*points, strict=True))
    curve = isotonic(means, requests)
    if curve[0] > _LIMIT_S:
        return 0.0
    return float(np.exp(np.interp(math.log(_LIMIT_S), np.log(curve), np.log(rates))))


def _measured(folder: Path, minutes: int) -> Path:
    third = _VLLM if "FMBENCH_PYTHON_VLLM_CPU" in os.environ else _TRANSFORMERS
    text = _CASE.format(third=third, limit=_LIMIT_S, minutes=minutes, parts=_PARTS, seconds=6 * minutes)
    (folder / "test_instance.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--fmbench-output", "out"]
    subprocess.run(command, cwd=folder, check=True, stdout=sys.stderr)
    (found,) = folder.glob("out/*")
    return found


if __name__ == "__main__":
    sys.exit(main())
