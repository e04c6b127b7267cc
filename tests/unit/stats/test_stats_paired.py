import math
from collections.abc import Sequence

import numpy as np
import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.samples import Floats, Rate, Share
from pytest_fmbench.stats import mean
from pytest_fmbench.stats.paired import MINIMUM_PAIRS, paired_ratio
from pytest_fmbench.stats.pooled import Block
from pytest_fmbench.stats.unpaired import unpaired_ratio
from tests.calibration.arms import two_arms


def noise(blocks: int, seed: int, size: int = 50) -> list[Floats]:
    return list(np.random.default_rng(seed).gamma(4.0, size=(blocks, size)))


def scaled(blocks: Sequence[Floats], factors: Sequence[float]) -> list[Floats]:
    return [block * factor for block, factor in zip(blocks, factors, strict=True)]


def constant(values: Sequence[float]) -> list[Floats]:
    return [np.full(10, value) for value in values]


def test_by_hand() -> None:
    found = paired_ratio([np.array([1.0])] * 4, [np.array([value]) for value in (1.0, 2.0, 3.0, 6.0)])
    assert (found.baseline, found.candidate, found.pairs) == (1.0, 3.0, 4)
    without = [11 / 3, 10 / 3, 9 / 3, 6 / 3]
    assert found.error == pytest.approx(math.sqrt(sum(math.log(one / 3) ** 2 for one in without)))
    assert found.spread == pytest.approx(found.error * math.sqrt(3))
    ratio = found.estimate(confidence=0.9, name="ttft.mean")
    assert (float(ratio), ratio.n, ratio.confidence, ratio.name) == (3.0, 4, 0.9, "ttft.mean")
    assert ratio.high == pytest.approx(3.0 * math.exp(2.353363 * found.error))  # t with 3 degrees, from a table
    assert ratio.low == pytest.approx(3.0 / math.exp(2.353363 * found.error))


@pytest.mark.parametrize("q", [None, 0.5, 0.95])
def test_scale_moves_the_ratio_and_exchange_inverts_it(q: float | None) -> None:
    before, after = noise(6, 1), noise(6, 2)
    found, other = paired_ratio(before, after, q).estimate(), paired_ratio(after, before, q).estimate()
    longer = paired_ratio(before, scaled(after, [1.2] * 6), q).estimate()
    assert [longer, longer.low, longer.high] == pytest.approx([1.2 * end for end in (found, found.low, found.high)])
    assert [other, other.low, other.high] == pytest.approx([1 / end for end in (found, found.high, found.low)])


@pytest.mark.parametrize("q", [None, 0.5, 0.99])
def test_constant_samples_are_exact(q: float | None) -> None:
    ratio = paired_ratio(constant([0.1] * 6), constant([0.3] * 6), q).estimate()
    assert ratio.low == ratio == ratio.high == 0.3 / 0.1


@pytest.mark.parametrize("pairs", [1, 2, MINIMUM_PAIRS - 1])
def test_too_few_pairs_bound_nothing(pairs: int) -> None:
    found = paired_ratio(noise(pairs, 1), noise(pairs, 2), 0.5)
    ratio = found.estimate()
    assert (ratio.low, ratio.high, ratio.n) == (0.0, math.inf, pairs)
    assert 0.5 < float(ratio) < 2.0
    assert found.spread == math.inf
    assert paired_ratio(noise(MINIMUM_PAIRS, 1), noise(MINIMUM_PAIRS, 2), 0.5).estimate().high < math.inf


def test_what_both_blocks_of_a_pair_share_cancels() -> None:
    neighbour = np.random.default_rng(3).lognormal(sigma=0.3, size=12).tolist()
    quiet = paired_ratio(noise(12, 1), noise(12, 2))
    before, after = scaled(noise(12, 1), neighbour), scaled(noise(12, 2), neighbour)
    assert paired_ratio(before, after).error == pytest.approx(quiet.error, rel=0.5)
    apart = unpaired_ratio(mean(np.concatenate(before)), mean(np.concatenate(after)))
    assert apart.high - apart.low > 3.0 * (paired_ratio(before, after).estimate().high - 1.0)


def test_what_changes_steadily_cancels_in_abba_order_only() -> None:
    steadily = [1.0 + place / 8 for place in range(8)]
    turns = [(0, 1), (3, 2), (4, 5), (7, 6)]
    abba = paired_ratio(constant([steadily[a] for a, _ in turns]), constant([steadily[b] for _, b in turns]))
    assert abba.candidate == abba.baseline
    abab = paired_ratio(constant(steadily[::2]), constant(steadily[1::2]))
    assert abab.candidate / abab.baseline > 1.05


def test_a_pair_with_an_empty_block_is_left_out() -> None:
    before, after = noise(6, 1), noise(6, 2)
    expected = paired_ratio(before, after)
    nothing = np.array([])
    found = paired_ratio([*before, before[0], nothing, nothing], [*after, nothing, after[0], nothing])
    assert (found.baseline, found.candidate, found.error) == (expected.baseline, expected.candidate, expected.error)
    assert (found.pairs, found.left_out) == (6, 3)


@pytest.mark.parametrize("pairs", [0, 5])
def test_no_ratio_without_a_sample(pairs: int) -> None:
    found = paired_ratio([np.array([])] * pairs, noise(pairs, 1))
    ratio = found.estimate()
    assert math.isnan(ratio)
    assert (ratio.low, ratio.high, found.pairs, found.left_out) == (-math.inf, math.inf, 0, pairs)


@pytest.mark.parametrize(
    ("before", "after", "ratio"),
    [(1.0, 0.0, 0.0), (0.0, 1.0, math.inf), (0.0, 0.0, math.nan), (-1.0, 1.0, math.nan), (1.0, -1.0, math.nan)],
)
def test_a_statistic_that_is_not_positive_has_a_stated_ratio(before: float, after: float, ratio: float) -> None:
    found = paired_ratio(constant([before] * 5), constant([after] * 5)).estimate()
    assert float(found) == pytest.approx(ratio, nan_ok=True)
    assert found.low in {0.0, -math.inf}
    assert found.high == math.inf


def test_what_is_0_without_one_of_the_blocks_is_not_bounded() -> None:
    ratio = paired_ratio(constant([1.0] * 5), constant([0.0, 0.0, 5.0, 0.0, 0.0])).estimate()
    assert (float(ratio), ratio.low, ratio.high) == (1.0, 0.0, math.inf)


@pytest.mark.parametrize("q", [None, 0.5])
def test_a_giant_outlier_gives_no_nan(q: float | None) -> None:
    before = noise(5, 1)
    for giant in (1e300, 1.7e308):
        after = [*before[:4], np.full(50, giant)]
        ratio = paired_ratio(before, after, q).estimate()
        assert 0.0 <= ratio.low <= ratio <= ratio.high
    nothing_left = paired_ratio(before, constant([1.7e308] * 5), q).estimate()
    assert nothing_left.low <= nothing_left <= nothing_left.high


def test_bad_input_is_refused() -> None:
    with pytest.raises(UsageError, match="4 of the baseline and 5 of the candidate"):
        paired_ratio(noise(4, 1), noise(5, 2))
    with pytest.raises(UsageError, match="q is 95"):
        paired_ratio([], [], 95.0)
    for bad in (math.nan, math.inf):
        with pytest.raises(UsageError, match="sample 1 of 2"):
            paired_ratio([np.array([1.0, bad])] * 4, noise(4, 1))
    share: Block = Share(np.array([True]))
    rate: Block = Rate(np.array([1.0]), np.array([1.0]))
    with pytest.raises(UsageError, match="Rate and Share"):
        paired_ratio([share], [rate])
    with pytest.raises(UsageError, match="confidence"):
        paired_ratio(noise(4, 1), noise(4, 2)).estimate(confidence=95.0)


def test_a_rate_is_compared_by_its_totals() -> None:
    def rates(per_second: float) -> list[Block]:
        return [Rate(np.full(4, per_second * seconds), np.full(4, seconds)) for seconds in (1.0, 2.0, 0.5, 1.0)]

    ratio = paired_ratio(rates(10.0), rates(9.0)).estimate()
    assert [ratio, ratio.low, ratio.high] == pytest.approx([0.9] * 3)


def test_queues_are_not_flagged_more_often_than_stated_where_independence_is_wrong() -> None:
    flagged, naive, runs = 0, 0, 150
    for before, after in two_arms(0.7, runs, 960, seed=5, common=False):
        ratio = paired_ratio(np.array_split(before, 8), np.array_split(after, 8)).estimate(confidence=0.9)
        flagged += not ratio.low <= 1.0 <= ratio.high
        alone = math.hypot(before.std() / before.mean(), after.std() / after.mean()) / math.sqrt(960)
        naive += abs(math.log(ratio)) > 1.645 * alone
    assert naive >= 0.25 * runs
    assert flagged <= runs * (0.1 + 2.0 * math.sqrt(0.1 * 0.9 / runs))
