import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats.drift import Drift, drift
from pytest_fmbench.stats.warmup import warm_up
from tests.calibration.steady import queue, slow_begin
from tests.unit.stats.test_stats_coverage import autoregressive


def lognormal(runs: int, n: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).lognormal(0.0, 0.5, (runs, n))


def t_of(found: Drift, quantile: float = 2.306) -> float:
    """The statistic behind a rise, by the printed t quantile of 8 degrees of freedom at 95 %."""
    return quantile * float(found.rise) / (found.rise.high - float(found.rise))


@pytest.mark.parametrize(("slow", "n"), [(200, 1000), (203, 1003), (45, 200), (100_000, 400_000)])
def test_a_step_is_cut_where_it_is(slow: int, n: int) -> None:
    cut = warm_up(np.repeat([3.0, 1.0], [slow, n - slow]))
    assert (cut.index, cut.believable) == (slow, True)
    assert "median of 3 s, the rest of 1 s" in cut.why


@pytest.mark.parametrize("slow", [600, 700])
def test_a_cut_beyond_the_half_is_no_cut(slow: int) -> None:
    cut = warm_up(np.repeat([3.0, 1.0], [slow, 1000 - slow]))
    assert (cut.index, cut.believable) == (0, False)
    assert f"not steady: the best cut lies at {slow / 1000:.0%}" in cut.why


def test_a_run_that_moves_all_the_time_is_not_steady() -> None:
    noise = np.random.default_rng(2).normal(size=1000)
    assert not warm_up(np.linspace(10.0, 30.0, 1000) + noise).believable
    assert warm_up(np.linspace(30.0, 10.0, 1000) + noise).why.startswith("not steady")


def test_a_slow_fifth_of_independent_samples_leaves_no_bias() -> None:
    steady = lognormal(60, 1000)
    cuts = [warm_up(run) for run in steady * slow_begin(1000)]
    assert all(cut.believable and cut.index >= 190 for cut in cuts)
    assert sum(cut.index > 230 for cut in cuts) <= 6
    after = [run[cut.index :] for run, cut in zip(steady * slow_begin(1000), cuts, strict=True)]
    assert np.mean([run.mean() for run in after]) == pytest.approx(steady.mean(), rel=0.01)
    p95 = np.mean(np.quantile(steady, 0.95, axis=1))
    assert np.mean([np.quantile(run, 0.95) for run in after]) == pytest.approx(p95, rel=0.02)


def test_a_slow_fifth_of_a_queue_leaves_little_bias() -> None:
    steady = queue(0.8, 60, 4000, seed=3)[1]
    whole, after = [], []
    for run in steady:
        cut = warm_up(run * slow_begin(4000))
        if cut.believable:
            whole.append(run.mean())
            after.append((run * slow_begin(4000))[cut.index :].mean())
    assert len(after) >= 54
    error = np.std(np.subtract(after, whole)) / math.sqrt(len(after))
    assert abs(np.mean(after) - np.mean(whole)) < 0.02 * np.mean(whole) + 2.0 * error


def test_a_slow_server_whose_queue_outlasts_the_half_is_seen() -> None:
    runs = queue(0.8, 40, 1000, seed=4, slow=slow_begin(1000))[1]
    assert sum(warm_up(run).believable for run in runs) <= 2


def test_a_steady_run_is_left_alone() -> None:
    cuts = [warm_up(run) for run in lognormal(60, 1000, seed=5)]
    assert all(cut.believable for cut in cuts)
    assert sum(cut.index > 0 for cut in cuts) <= 3
    queueing = [warm_up(run) for run in queue(0.8, 60, 4000, seed=6)[1]]
    assert sum(cut.index > 0 for cut in queueing) <= 12
    assert np.median([cut.index for cut in queueing]) == 0


@pytest.mark.parametrize("at", [50, 300, 480, 600, 790, 950, 999])
@pytest.mark.parametrize("size", [1e3, 1e200, -1e200])
def test_a_giant_outlier_moves_no_cut(at: int, size: float) -> None:
    for run in (lognormal(1, 1000)[0], np.ones(1000)):
        run[at] = size
        assert (warm_up(run).index, warm_up(run).believable) == (0, True)


def test_a_giant_outlier_hides_no_warm_up() -> None:
    run = lognormal(1, 1000)[0] * slow_begin(1000)
    run[700] = 1e9
    assert warm_up(run).index == pytest.approx(200, abs=10)


@pytest.mark.parametrize("base", [lognormal(1, 1000)[0], np.ones(1000)])
def test_a_cold_first_request_is_cut_alone(base: Floats) -> None:
    assert warm_up(np.concatenate(([1e6], base[1:]))).index == 5


def test_few_samples_are_no_ground_for_belief() -> None:
    for few in ([], [1.0, 2.0], np.ones(99)):
        cut = warm_up(few)
        assert (cut.index, cut.believable) == (0, False)
        assert f"{len(few)} samples" in cut.why
    assert warm_up(np.ones(100)).believable


def test_a_run_that_forgot_too_rarely_is_not_believed() -> None:
    cuts = [warm_up(run) for run in autoregressive(20, 1000, 0.998, seed=7)]
    assert sum(cut.believable for cut in cuts) <= 4
    assert any("independent stretches" in cut.why for cut in cuts)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(-900, 900), st.integers(100, 300))
def test_neither_cut_nor_drift_depends_on_the_unit(seed: int, power: int, n: int) -> None:
    run = lognormal(1, n, seed)[0] * slow_begin(n)
    scaled = np.ldexp(run, power)
    cut = warm_up(run)
    assert 0 <= cut.index <= n // 2 + 5
    assert cut.believable or cut.index == 0
    assert (warm_up(scaled).index, warm_up(scaled).believable) == (cut.index, cut.believable)
    assert (drift(scaled).drifts, drift(scaled).known) == (drift(run).drifts, drift(run).known)


@pytest.mark.parametrize("judge", [warm_up, drift])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_sample_that_is_not_finite_is_refused(judge: object, bad: float) -> None:
    with pytest.raises(UsageError, match="sample 2 of 4"):
        judge([1.0, 2.0, bad, bad])  # type: ignore[operator]  # both are called alike


def test_a_line_rises_by_what_it_rises() -> None:
    found = drift(np.linspace(1.0, 2.0, 1000))
    assert (found.drifts, found.known) == (True, True)
    assert found.rise == pytest.approx(1.0, rel=2e-3)
    assert found.level == pytest.approx(1.5)
    assert found.rise.low == pytest.approx(found.rise.high)
    assert drift(np.linspace(2.0, 1.0, 1000)).rise == pytest.approx(-1.0, rel=2e-3)


def test_the_interval_is_that_of_least_squares() -> None:
    means = np.array([3.0, 1.0, 4.0, 1.5, 5.0, 9.0, 2.0, 6.0, 5.0, 3.5])
    at = np.arange(10.0)
    (slope, start), [rest], *_ = np.polyfit(at, means, 1, full=True)
    error = math.sqrt(rest / 8 / ((at - 4.5) @ (at - 4.5)))
    found = drift(np.repeat(means, 20))
    assert (found.level, start + 4.5 * slope) == pytest.approx((4.0, 4.0))
    assert found.rise == pytest.approx(10 * slope)
    assert found.rise.high - found.rise == pytest.approx(2.306 * 10 * error, rel=1e-3)
    assert not found.known  # ten blocks of equal samples are no twenty independent ones


@pytest.mark.parametrize("at", [0, 100, 499, 950, 999])
@pytest.mark.parametrize("base", [lognormal(1, 1000)[0], np.ones(1000)])
def test_a_giant_outlier_is_no_drift(at: int, base: Floats) -> None:
    run = base.copy()
    run[at] = 1e9
    assert not drift(run).drifts
    assert drift(run).known
    if base.max() == base.min():
        assert abs(t_of(drift(run))) < 1.74


def test_steady_runs_alarm_no_more_often_than_stated() -> None:
    most = 0.05 + 2.0 * math.sqrt(0.05 * 0.95 / 200)
    for runs in (lognormal(200, 1000), queue(0.8, 200, 1000, seed=8)[1]):
        assert np.mean([drift(run).drifts for run in runs]) <= most


def test_a_drift_of_half_is_found_where_requests_hardly_queue() -> None:
    runs = queue(0.5, 60, 2000, seed=9)[1] * np.linspace(1.0, 1.5, 2000)
    assert np.mean([drift(run).drifts for run in runs]) >= 0.85
    assert np.mean([drift(run).rise for run in runs]) == pytest.approx(0.4 * runs.mean(), rel=0.1)


def test_few_independent_stretches_cannot_tell() -> None:
    found = [drift(run + 10.0) for run in autoregressive(40, 1000, 0.98, seed=10)]
    assert sum(one.drifts for one in found) <= 2
    assert sum(one.known for one in found) <= 4
    assert any("cannot tell" in one.why for one in found)


def test_a_drift_within_the_tolerance_is_none() -> None:
    run = lognormal(1, 100_000)[0] * np.linspace(1.0, 1.03, 100_000)
    assert not drift(run).drifts
    assert drift(run).rise.low > 0.0
    assert drift(run, tolerance=0.0).drifts


@pytest.mark.parametrize("tolerance", [-0.1, math.nan])
def test_a_tolerance_counts_from_0(tolerance: float) -> None:
    with pytest.raises(UsageError, match="tolerance is"):
        drift(np.ones(200), tolerance=tolerance)


def test_equal_or_few_samples_show_no_drift() -> None:
    same = drift(np.full(200, 0.1))
    assert (same.drifts, same.known, same.rise, same.rise.low, same.rise.high) == (False, True, 0.0, 0.0, 0.0)
    for few in ([], [1.0, 2.0], np.ones(99)):
        found = drift(few)
        assert (found.drifts, found.known) == (False, False)
        assert (found.rise.low, found.rise.high) == (-math.inf, math.inf)


@pytest.mark.parametrize("confidence", [0.0, 1.0, math.nan])
def test_a_confidence_outside_0_to_1_is_refused(confidence: float) -> None:
    with pytest.raises(UsageError, match="confidence"):
        drift(np.ones(200), confidence=confidence)


@pytest.mark.filterwarnings("error")
def test_extreme_sizes_are_judged_without_overflow() -> None:
    huge = np.repeat([1.7e308, -1.7e308], [200, 800])
    assert warm_up(huge).index == 200
    assert not math.isnan(drift(huge).rise)
    assert warm_up(np.full(200, 5e-324)).believable
    assert not drift(np.full(200, 5e-324)).drifts
