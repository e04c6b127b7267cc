import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench import stats
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.comparison import Change
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Share
from pytest_fmbench.model.units import Unit
from pytest_fmbench.stats.comparison import false_alarms, judge
from pytest_fmbench.stats.contrast import Contrast, paired, stored


def contrast(low: float, high: float, better: str = "lower") -> Contrast:
    """One whose ratio has the same interval at every level."""
    return Contrast("e2e.p95", Unit.SECOND, better, 1.0, 1.1, lambda level: ratio_of(low, high, level))


def ratio_of(low: float, high: float, level: float) -> Estimate:
    return Estimate(math.sqrt(low * high), low, high, 12, confidence=level)


def worse_by_p(p: float) -> Contrast:
    """One that is shown to be worse at a one-sided risk of ``p`` and above."""
    return Contrast("e2e.p95", Unit.SECOND, "lower", 1.0, 1.1, lambda level: shown_by(p, level))


def shown_by(p: float, level: float) -> Estimate:
    return ratio_of(1.01 if (1.0 - level) / 2.0 >= p - 1e-12 else 0.99, 1.3, level)


def flags(failures: int, blocks: int = 6, size: int = 100) -> list[Share]:
    """So many failures, spread over the blocks."""
    every = blocks * size // max(1, failures)
    failed = (np.arange(blocks * size) % every == 1) & (failures > 0)
    return [Share(block) for block in np.array_split(failed, blocks)]


@pytest.mark.parametrize(
    ("low", "high", "lower", "higher", "neither"),
    [
        (1.02, 1.08, "regression", "improvement", "different"),
        (0.92, 0.98, "improvement", "regression", "different"),
        (0.97, 1.04, "equivalent", "equivalent", "equivalent"),
        (1.01, 1.04, "equivalent", "equivalent", "equivalent"),
        (1 / 1.05, 1.05, "equivalent", "equivalent", "equivalent"),
        (0.95, 1.04, "inconclusive", "inconclusive", "inconclusive"),
        (0.90, 1.10, "inconclusive", "inconclusive", "inconclusive"),
        (1.0, 1.10, "inconclusive", "inconclusive", "inconclusive"),
        (1.01, math.inf, "regression", "improvement", "different"),
        (0.0, 0.9, "improvement", "regression", "different"),
        (0.0, math.inf, "inconclusive", "inconclusive", "inconclusive"),
    ],
)
def test_the_interval_decides(low: float, high: float, lower: str, higher: str, neither: str) -> None:
    for better, expected in (("lower", lower), ("higher", higher), ("", neither)):
        (found,) = judge([contrast(low, high, better)])
        assert found.change.value == expected
        assert (found.ratio.low, found.ratio.high, found.ratio.confidence) == (low, high, 0.9)
        assert (found.name, found.baseline, found.candidate) == ("e2e.p95", 1.0, 1.1)


def test_without_a_margin_only_equal_is_equivalent() -> None:
    changes = [one.change for one in judge([contrast(1.0, 1.0), contrast(1.001, 1.002)], margin=0.0)]
    assert changes == [Change.EQUIVALENT, Change.REGRESSION]


def test_the_reason_says_what_was_seen() -> None:
    told = [one.reason for one in judge([contrast(1.02, 1.08), contrast(0.98, 1.03), contrast(0.9, 1.1)], alpha=0.03)]
    assert told == [
        "+4.96% [+2%, +8%] at 98%: all of it is worse",
        "+0.469% [-2%, +3%] at 98%: all of it is within 5% either way",
        "-0.501% [-10%, +10%] at 98%: neither a change nor its absence is shown",
    ]


def test_holm_by_hand() -> None:
    # Holm (1979) at 0.05: 0.005 <= 0.05 / 4 and 0.015 <= 0.05 / 3, but 0.03 > 0.05 / 2, and 0.04 is not reached
    found = judge([worse_by_p(p) for p in (0.015, 0.04, 0.03, 0.005)])
    assert [one.change for one in found] == [
        Change.REGRESSION, Change.INCONCLUSIVE, Change.INCONCLUSIVE, Change.REGRESSION
    ]  # fmt: skip
    assert [one.ratio.confidence for one in found] == pytest.approx([1 - 0.1 / 3, 0.975, 0.975, 0.975])
    assert all((one.ratio.low > 1.0) is (one.change is Change.REGRESSION) for one in found)


@given(st.lists(st.floats(0.0005, 0.2), max_size=8))
def test_holm_is_that_of_the_sorted_p_values(values: list[float]) -> None:
    ranked = sorted(values)
    fits = [p <= 0.05 / (len(values) - nth) + 1e-12 for nth, p in enumerate(ranked)]
    rejected = ranked[: [*fits, False].index(False)]
    found = judge([worse_by_p(p) for p in values])
    assert sorted(p for p, one in zip(values, found, strict=True) if one.change is Change.REGRESSION) == rejected


def test_an_equivalence_does_not_ease_the_test_for_a_regression() -> None:
    found = judge([contrast(0.99, 1.01), worse_by_p(0.04)])
    assert [one.change for one in found] == [Change.EQUIVALENT, Change.INCONCLUSIVE]
    assert judge([worse_by_p(0.04)])[0].change is Change.REGRESSION


def test_the_risk_is_divided_over_cases_and_their_false_alarms_are_known() -> None:
    assert judge([worse_by_p(0.01)], cases=5)[0].change is Change.REGRESSION
    assert judge([worse_by_p(0.01)], cases=6)[0].change is Change.INCONCLUSIVE
    assert false_alarms(0.05, 12) == pytest.approx(0.6)


def test_bad_input_is_refused() -> None:
    for alpha in (0.0, 0.5, 5.0, math.nan):
        with pytest.raises(UsageError, match="alpha is"):
            judge([], alpha=alpha)
        with pytest.raises(UsageError, match="alpha is"):
            false_alarms(alpha, 1)
    for margin in (-0.1, 1.0, 5.0, math.nan):
        with pytest.raises(UsageError, match="margin is"):
            judge([], margin=margin)
    with pytest.raises(UsageError, match="0 cases"):
        judge([], cases=0)
    with pytest.raises(UsageError, match="better is 'smaller'"):
        contrast(1.0, 1.1, "smaller")
    assert judge([]) == ()


def samples(seed: int, scale: float = 1.0, blocks: int = 8) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    return [*(scale * np.random.default_rng(seed).gamma(9.0, size=(blocks, 200)))]


def test_blocks_are_compared() -> None:
    worse = paired("ttft.p95", samples(1), samples(2, 1.5), 0.95)
    rate = paired("output_token_rate", samples(1), samples(2, 1.5), unit=Unit.TOKEN_RATE, better="higher")
    same = paired("ttft.mean", samples(1), samples(1, 1.01))
    assert [one.change.value for one in judge([worse, rate, same])] == ["regression", "improvement", "equivalent"]
    assert worse.candidate / worse.baseline == worse.ratio(0.9)
    assert worse.ratio(0.9).name == "ttft.p95"


def test_what_limits_a_comparison_is_told() -> None:
    few = paired("e2e.p50", samples(1, blocks=2), samples(2, blocks=2), 0.5)
    nothing = paired("e2e.p50", samples(1), [np.array([])] * 8, 0.5)
    stopped = paired("e2e.p50", samples(1), samples(2, 0.0), 0.5)
    found = judge([few, nothing, stopped])
    assert {one.change for one in found} == {Change.INCONCLUSIVE}
    ends = ("2 pairs; 4 are the least", "0 pairs, 8 more have an empty block; 4 are the least", "the candidate is 0")
    for one, end in zip(found, ends, strict=True):
        assert one.reason.endswith(f"is shown; {end}")


@pytest.mark.parametrize(
    ("before", "after", "size", "change"),
    [
        (0, 0, 100, "equivalent"),
        (0, 30, 100, "regression"),
        (30, 0, 100, "improvement"),
        (0, 2, 100, "inconclusive"),
        (30, 30, 100, "inconclusive"),
        (30, 150, 100, "regression"),
    ],
)
def test_rare_failures_are_compared_by_exact_bounds(before: int, after: int, size: int, change: str) -> None:
    made = paired("error_rate", flags(before, size=size), flags(after, size=size), unit=Unit.SHARE)
    (found,) = judge([made])
    assert found.change.value == change
    assert (found.reason == "0% in both, as counted") is (before == after == 0)


@pytest.mark.parametrize(("pairs", "change"), [(1, "inconclusive"), (4, "inconclusive"), (5, "regression")])
def test_one_burst_of_failures_is_no_evidence(pairs: int, change: str) -> None:
    good, burst = Share(np.zeros(500, np.bool_)), Share(np.arange(500) < 200 / pairs)
    made = paired("error_rate", [good] * 8, [burst] * pairs + [good] * (8 - pairs), unit=Unit.SHARE)
    (found,) = judge([made])
    assert (found.change.value, float(found.ratio)) == (change, math.inf)
    assert found.ratio.low > 1.0 or change == "inconclusive"
    mirrored = paired("goodput", [burst] * pairs + [good] * (8 - pairs), [good] * 8, unit=Unit.SHARE, better="higher")
    assert judge([mirrored])[0].change.value == change


@pytest.mark.parametrize(("size", "change"), [(5, "inconclusive"), (500, "equivalent")])
def test_that_all_were_good_is_worth_what_their_number_is(size: int, change: str) -> None:
    good = [Share(np.ones(size, np.bool_))] * 6
    (found,) = judge([paired("goodput", good, good, unit=Unit.SHARE, better="higher")])
    assert (found.change.value, float(found.ratio)) == (change, 1.0)


def stored_run(values: list[float] | np.ndarray[tuple[int], np.dtype[np.float64]]) -> Callable[[float], Estimate]:
    return lambda level: stats.quantile(values, 0.5, confidence=level, name="ttft.p50", unit=Unit.SECOND)


def test_a_stored_baseline_is_compared() -> None:
    random = np.random.default_rng(3)
    before, after = random.gamma(9.0, size=500), 1.3 * random.gamma(9.0, size=500)
    worse, same = (stored(stored_run(before), stored_run(one)) for one in (after, before))
    found = judge([worse, same])
    assert (found[0].name, found[0].change) == ("ttft.p50", Change.REGRESSION)
    assert (found[0].baseline, found[0].candidate) == (np.median(before), np.median(after))
    assert found[1].change is Change.INCONCLUSIVE
    assert found[1].reason.startswith("0% [-")


def test_a_half_open_stored_baseline_shows_no_regression_and_says_why() -> None:
    few = stored_run([1.0] * 9)
    (found,) = judge([stored(few, stored_run([9.0] * 100))])
    assert (found.change, found.ratio.low) == (Change.INCONCLUSIVE, 0.0)
    assert found.reason.endswith("nothing bounds baseline from above")


def test_each_level_is_computed_once() -> None:
    asked: list[float] = []

    def measure(level: float) -> Estimate:
        asked.append(level)
        return ratio_of(0.9, 1.1, level)

    judge([stored(measure, measure)])
    assert sorted(asked) == pytest.approx([0.9, 0.9, 0.95, 0.95])
