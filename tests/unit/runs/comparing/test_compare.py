from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.errors import InvalidMeasurement, UnknownName, UsageError
from pytest_fmbench.model.comparison import Change
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.runs.comparing.compare import (
    SHOWN,
    Comparison,
    in_turns,
    see_that_it_was_in_time,
    see_that_they_suffice,
    shown,
    told,
)
from pytest_fmbench.runs.run import Run
from tests.support.records import CERTIFICATE, measured, record, run_of
from tests.support.tasks import task, tasked
from tests.support.telemetry import NS, At, telemetry

MS = 1_000_000
PAIRS = 8


def block(ttft_ms: float, seed: int, failed: int = 0) -> Run:
    """Two hundred requests whose first tokens take about so long, and some that fail."""
    waits = np.random.default_rng(seed).lognormal(np.log(ttft_ms), 0.1, 200)
    rows = [record((100 + int(wait * MS), 100 + int(wait * MS) + MS)) for wait in waits]
    lost = [record((), status="failed", error="timeout") for _ in range(failed)]
    return run_of(measured(*rows, *lost), replace(CERTIFICATE, stamp_p99_ns=50_000))


def comparison(baseline_ms: float = 100.0, candidate_ms: float = 100.0, failed: int = 0) -> Comparison:
    def measure(arm: str, pair: int, place: int) -> Run:
        return block(candidate_ms, 1_000 + pair, failed) if arm == "candidate" else block(baseline_ms, place)

    return in_turns(Comparison("it", METRICS, 0.95), PAIRS, measure)


def test_blocks_are_measured_in_abba_order() -> None:
    order = list[tuple[str, int, int]]()

    def measure(arm: str, pair: int, place: int) -> Run:
        order.append((arm[0], pair, place))
        return block(1.0, 1)

    in_turns(Comparison("it", METRICS, 0.95), 4, measure)
    assert order == [(arm, nth // 2, nth) for nth, arm in enumerate("bccbbccb")]


def test_a_statistic_has_both_values_and_a_ratio_with_its_interval() -> None:
    slower = comparison(100.0, 120.0)
    found = slower.ttft.p95
    assert found.candidate / found.baseline == pytest.approx(found.ratio)
    assert 1.1 < found.ratio.low < 1.2 < found.ratio.high < 1.3
    assert slower.ttft.mean.ratio.n == PAIRS
    assert slower.goodput.ratio.low <= 1.0 <= slower.goodput.ratio.high


@pytest.mark.parametrize(
    ("candidate_ms", "change"),
    [(120.0, Change.REGRESSION), (80.0, Change.IMPROVEMENT), (100.0, Change.EQUIVALENT)],
)
def test_verdicts_share_one_risk(candidate_ms: float, change: Change) -> None:
    judged = comparison(100.0, candidate_ms).judged("ttft.p50", "ttft.mean", "error_rate")
    assert [one.name for one in judged] == ["ttft.p50", "ttft.mean", "error_rate"]
    assert [one.change for one in judged[:2]] == [change, change]
    assert judged[2].change is Change.EQUIVALENT, "none failed in both"


def test_failures_are_compared_as_shares() -> None:
    (errors,) = comparison(failed=60).judged("error_rate")
    assert errors.change is Change.REGRESSION


@pytest.mark.parametrize("name", ["ttft", "error_rate.p95", "ttft.p101", "tftt.p95"])
def test_what_there_is_not_is_named_with_what_there_is(name: str) -> None:
    with pytest.raises(UnknownName):
        comparison().against(name)


def test_attributes_that_there_are_not_are_attribute_errors() -> None:
    found = comparison()
    with pytest.raises(AttributeError, match="tftt"):
        _ = found.tftt
    with pytest.raises(AttributeError, match="p101"):
        _ = found.ttft.p101
    assert {"p95", "mean"} <= set(dir(found.ttft))
    assert "max" not in dir(found.ttft)


def test_a_largest_value_has_no_ratio() -> None:
    with pytest.raises(UsageError, match=r"ttft\.max: one that comes later"):
        _ = comparison().ttft.max


@pytest.mark.parametrize("pairs", [0, 3, -1, 4.5])
def test_too_few_pairs_are_refused_before_anything_is_measured(pairs: int) -> None:
    with pytest.raises(UsageError, match="4 at least"):
        see_that_they_suffice(pairs)


def test_a_block_that_we_were_too_slow_for_is_invalid() -> None:
    run = block(10.0, 1)
    see_that_it_was_in_time(run)
    run.certificate = replace(CERTIFICATE, stamp_p99_ns=20 * MS)
    with pytest.raises(InvalidMeasurement, match=r"our own error is up to 20 ms"):
        see_that_it_was_in_time(run)


def test_it_is_told_in_plain_values() -> None:
    plain = told(comparison(100.0, 120.0))
    assert plain["pairs"] == PAIRS
    assert plain["statistics"]["ttft.p95"]["ratio"] == pytest.approx(1.2, abs=0.05)
    assert "ttft.max" not in plain["statistics"]
    assert plain["statistics"]["tpot.p50"]["ratio"] is not None


def powered(watts: float) -> Run:
    """A run beside which an accelerator drew so much; its tokens arrive evenly over 10 s."""
    seconds = 10
    rows = [record((100 + nth * 10 * MS,), sent_ns=100) for nth in range(seconds * 100)]
    sampled = telemetry(
        *(At(s, "gpu.power", watts + s % 2) for s in range(-1, seconds + 2)),
        *(At(s, "gpu.energy", watts * s) for s in range(-1, seconds + 2)),
    )
    return run_of(replace(measured(*rows, window=Window(0, seconds * NS)), telemetry=sampled))


def test_what_was_sampled_in_all_blocks_is_compared_too() -> None:
    def measure(arm: str, pair: int, place: int) -> Run:
        return powered((300.0 if arm == "candidate" else 200.0) + place + pair % 2)

    found = in_turns(Comparison("it", METRICS, 0.95), PAIRS, measure)
    assert shown(found) == [*SHOWN, "energy_per_1k_tokens"]
    ratio = found.against("gpu.power.mean").ratio
    assert 1.4 < ratio.low <= float(ratio) <= ratio.high < 1.6
    (energy,) = found.judged("energy_per_1k_tokens")
    assert energy.change is Change.REGRESSION, "more of it is worse"
    statistics = told(found)["statistics"]
    assert {"gpu.power.mean", "gpu.energy.mean", "energy_per_1k_tokens"} <= set(statistics)
    assert "server.running.mean" not in statistics


def test_what_one_block_lacks_is_not_compared() -> None:
    def measure(arm: str, pair: int, place: int) -> Run:
        return block(1.0, pair) if place == 3 else powered(200.0 + (arm == "candidate"))

    found = in_turns(Comparison("it", METRICS, 0.95), PAIRS, measure)
    assert shown(found) == [*SHOWN]
    assert not any(name.startswith("gpu.") for name in told(found)["statistics"])


def talk(e2e_ms: float, seed: int) -> Run:
    """Forty conversations that take about so long each, of one request."""
    took = np.random.default_rng(seed).lognormal(np.log(e2e_ms), 0.1, 40)
    tasks = [task(nth, nth + int(one * MS)) for nth, one in enumerate(took)]
    return run_of(tasked(*tasks, requests=(record((100 + MS,), input_tokens=10, cached_tokens=4),) * 40))


def test_conversations_are_compared_by_their_tasks_too() -> None:
    slower = in_turns(
        Comparison("it", METRICS, 0.95), 4, lambda arm, _, place: talk(100.0 if arm == "baseline" else 150.0, place)
    )
    assert float(slower.task.e2e.p50.ratio) == pytest.approx(1.5, rel=0.05)
    assert slower.task.success.candidate == 1.0
    assert shown(slower) == [*SHOWN, "task.e2e.p50", "task.success"]
    (e2e,) = slower.judged("task.e2e.p50")
    assert e2e.change is Change.REGRESSION
    assert {"task.e2e.p90", "task.success", "prefix_cache.hit"} <= {*told(slower)["statistics"]}
    with pytest.raises(AttributeError, match=r"task\.e3e"):
        _ = slower.task.e3e


def test_single_requests_have_no_tasks_to_compare() -> None:
    assert not [name for name in told(comparison())["statistics"] if name.startswith("task.")]
