from __future__ import annotations

import pytest

from pytest_fmbench import mlperf, poisson
from pytest_fmbench.catalog import METRICS
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.load.arrivals import closed
from pytest_fmbench.sla import parse

LIMITS = {
    ("llama3.1-8b", False): (2.0, 0.1),
    ("llama3.1-8b", True): (0.5, 0.03),
    ("llama2-70b", False): (2.0, 0.2),
    ("llama2-70b", True): (0.45, 0.04),
    ("llama3.1-405b", False): (6.0, 0.175),
    ("llama3.1-405b", True): (4.5, 0.08),
    ("mixtral-8x7b", False): (2.0, 0.2),
    ("deepseek-r1", False): (2.0, 0.08),
    ("deepseek-r1", True): (1.5, 0.015),
}
"""As the rules of 23 July 2026 have them, in seconds."""


@pytest.mark.parametrize(("task", "interactive"), LIMITS)
def test_limits_are_the_published_ones(task: str, interactive: bool) -> None:
    found = mlperf.server(task, 5, interactive=interactive)
    *timed, errors = (parse(text, METRICS) for text in found.sla.objectives)
    assert tuple(one.limit for one in timed) == pytest.approx(LIMITS[task, interactive])
    assert [(one.metric, one.statistic, one.operator) for one in timed] == [("ttft", "p99", "<"), ("tpot", "p99", "<")]
    assert (errors.metric, errors.limit) == ("error_rate", 0.0)
    assert found.load == poisson(5)
    assert found.sla.name == f"inspired by MLPerf Inference: {task} {'Interactive' if interactive else 'Server'}"


def test_scenarios_without_limits_promise_that_nothing_fails() -> None:
    each = [mlperf.single_stream("llama3.1-8b"), mlperf.multi_stream("llama3.1-8b"), mlperf.offline("llama3.1-8b", 64)]
    assert [one.load for one in each] == [closed(1), closed(8), closed(64)]
    assert {one.sla.objectives for one in each} == {("error_rate <= 0%",)}
    assert [one.figure for one in each] == ["e2e.p90", "e2e.p99", "output_token_rate"]


def test_what_a_run_did_otherwise_is_told() -> None:
    found = mlperf.server("llama2-70b", 5)
    short, whole = found.departures(60.0, 300), found.departures(600.0, 24_576)
    assert len(short) == 4
    assert short[1:3] == ["the window lasted 60 s, not 600 s", "300 requests, fewer than the 24,576 samples"]
    assert whole == [short[0], short[3]]
    assert "LoadGen" in whole[0]
    assert "Llama 2 70B Chat, asked with OpenOrca" in whole[1]
    assert any("64 users asked again" in one for one in mlperf.offline("llama2-70b", 64).departures(600.0, 30_000))


def test_what_there_is_not_is_refused() -> None:
    with pytest.raises(UnknownName, match="unknown MLPerf task 'llama2-70B', did you mean 'llama2-70b'"):
        mlperf.server("llama2-70B", 5)
    with pytest.raises(UsageError, match="mixtral-8x7b has no interactive setting"):
        mlperf.server("mixtral-8x7b", 5, interactive=True)
    with pytest.raises(UsageError, match="poisson"):
        mlperf.server("llama2-70b", 0)
