import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.stats.unpaired import unpaired_ratio

POSITIVE = st.floats(1e-6, 1e6)
REACH = st.one_of(POSITIVE, st.just(0.0), st.just(math.inf))
ESTIMATES = st.builds(
    lambda value, below, above: Estimate(value, value - below, value + above, 20),
    POSITIVE,
    REACH,
    REACH,
)


def test_by_hand() -> None:
    ratio = unpaired_ratio(Estimate(10.0, 8.0, 20.0, 500), Estimate(12.0, 6.0, 15.0, 300), name="ttft.p95")
    assert (float(ratio), ratio.n, ratio.name) == (1.2, 300, "ttft.p95")
    assert ratio.low == pytest.approx(1.2 * math.exp(-math.hypot(math.log(12 / 6), math.log(20 / 10))))
    assert ratio.high == pytest.approx(1.2 * math.exp(math.hypot(math.log(15 / 12), math.log(10 / 8))))


def test_what_is_exact_stays_exact() -> None:
    ratio = unpaired_ratio(Estimate(10.0, 10.0, 10.0, 50), Estimate(12.0, 12.0, 12.0, 50))
    assert ratio.low == ratio == ratio.high == 1.2


@pytest.mark.parametrize(
    ("before", "after", "low", "high"),
    [
        ((9.0, math.inf), (9.0, 11.0), True, False),
        ((9.0, 11.0), (9.0, math.inf), False, True),
        ((-1.0, 11.0), (9.0, 11.0), False, True),
        ((9.0, 11.0), (-math.inf, 11.0), True, False),
    ],
)
def test_half_open_stays_half_open(
    before: tuple[float, float], after: tuple[float, float], low: bool, high: bool
) -> None:
    ratio = unpaired_ratio(Estimate(10.0, *before, 50), Estimate(10.0, *after, 50))
    assert (ratio.low == 0.0) is low
    assert (ratio.high == math.inf) is high


@given(ESTIMATES, ESTIMATES)
def test_the_value_lies_in_its_interval_and_exchange_inverts_it(before: Estimate, after: Estimate) -> None:
    ratio, other = unpaired_ratio(before, after), unpaired_ratio(after, before)
    assert 0.0 <= ratio.low <= ratio <= ratio.high
    for end, mirrored in ((ratio, other), (ratio.low, other.high), (ratio.high, other.low)):
        assert end * mirrored == pytest.approx(1.0) or {end, mirrored} == {0.0, math.inf}


def test_nothing_over_something_has_exact_bounds() -> None:
    none, some = Estimate(0.0, 0.0, 0.001, 4000), Estimate(0.05, 0.04, 0.06, 4000)
    worse, better, same = unpaired_ratio(none, some), unpaired_ratio(some, none), unpaired_ratio(none, none)
    assert (float(worse), worse.low, worse.high) == (math.inf, 0.04 / 0.001, math.inf)
    assert (float(better), better.low, better.high) == (0.0, 0.0, 0.001 / 0.04)
    assert math.isnan(same)
    assert (same.low, same.high) == (0.0, math.inf)


@pytest.mark.parametrize("value", [math.nan, -1.0])
def test_what_is_unknown_or_negative_has_no_ratio(value: float) -> None:
    known, other = Estimate(1.0, 0.9, 1.1, 50), Estimate(value, -math.inf, math.inf, 0)
    for ratio in (unpaired_ratio(known, other), unpaired_ratio(other, known)):
        assert math.isnan(ratio)
        assert (ratio.low, ratio.high, ratio.n) == (-math.inf, math.inf, 0)


def test_different_levels_are_refused() -> None:
    with pytest.raises(UsageError, match=r"0\.95 and 0\.9"):
        unpaired_ratio(Estimate(1.0, 0.9, 1.1, 50), Estimate(1.0, 0.9, 1.1, 50, confidence=0.9))
