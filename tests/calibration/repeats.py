"""The same case again and again on a real engine: how often a gate on the number flips, and how often ours does.

``python -m tests.calibration.repeats [PAGE]``: takes some eight minutes and a machine that does nothing else.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.runs.figures import Figures
from pytest_fmbench.sla import interval_confidence, judge, parse
from pytest_fmbench.store.table import read_measurement
from tests.calibration.tables import Line, make

_TIMES = 20
_WINDOW = "20s"
_STATISTICS = ("ttft.p95", "e2e.p95")
_LIMITS = (0.9, 1.0, 1.1, 1.2, 1.5)
"""In medians of the statistic over the repeats."""
_CASE = """
import pytest
from pytest_fmbench import Deployment, chat, closed

@pytest.mark.deployments(Deployment("smollm2-135m", "llamacpp", quantization="q4_1"))
@pytest.mark.parametrize("nth", range({times}))
def test_again(fmbench, deployment, nth):
    fmbench(deployment, chat(output_tokens=4), closed(2))
"""


def main() -> int:
    """Exit code 1 where ours contradicts itself more often than the plain gate does."""
    return make("tests.calibration.repeats", {"repeats": _repeats}, _TIMES)


def _repeats(times: int) -> Iterator[Line]:
    yield (
        "| limit | requests a run | plain: passed, failed | two disagree | ours: passed, failed, open | two disagree |",
        True,
    )
    yield "|---|---|---|---|---|---|", True
    found = _measured(times)
    for statistic in _STATISTICS:
        metric, which = statistic.split(".")
        estimates = [one.estimate(metric, which, interval_confidence(0.95, 1)) for one in found]
        median = float(np.median([float(one) for one in estimates]))
        for times_median in _LIMITS:
            yield _row(statistic, times_median, median, estimates)


def _row(statistic: str, times_median: float, median: float, estimates: Sequence[Estimate]) -> Line:
    objective = parse(f"{statistic} < {times_median * median:.9f}s", METRICS)
    plain = Counter(objective.holds(float(one)) for one in estimates)
    ours = Counter(judge(objective, one, tolerance=0.05).outcome.value for one in estimates)
    requests = int(np.median([one.n for one in estimates]))
    both = (plain[True], plain[False]), (ours["pass"], ours["fail"])
    flips = [_disagree(*counts, len(estimates)) for counts in both]
    cells = (
        f"{statistic} < {times_median:g} x its median",
        str(requests),
        f"{plain[True]}, {plain[False]}",
        f"{flips[0]:.0%}",
        f"{ours['pass']}, {ours['fail']}, {ours['inconclusive']}",
        f"{flips[1]:.0%}",
    )
    return f"| {' | '.join(cells)} |", flips[1] <= flips[0]


def _disagree(passed: int, failed: int, times: int) -> float:
    """Share of pairs of runs of which one passes and one fails."""
    return passed * failed / (times * (times - 1) / 2)


def _measured(times: int) -> list[Figures]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_again.py").write_text(_CASE.format(times=times))
        options = ("--fmbench-output", "out", "--fmbench-sampling", "fixed", "--fmbench-duration", _WINDOW)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
        subprocess.run(command, cwd=folder, check=True, stdout=sys.stderr)
        tables = sorted(folder.glob("out/*/cases/*/requests.parquet"))
        assert len(tables) == times, f"{len(tables)} of {times} runs"
        return [Figures(read_measurement(path), METRICS) for path in tables]


if __name__ == "__main__":
    sys.exit(main())
