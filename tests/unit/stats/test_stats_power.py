import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_fmbench import stats
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.units import Unit
from pytest_fmbench.stats.power import more_needed


def seconds(value: float, low: float, high: float, n: int = 100, confidence: float = 0.9) -> Estimate:
    return Estimate(value, low, high, n, unit=Unit.SECOND, confidence=confidence)


@pytest.mark.parametrize("estimate", [seconds(0.4, 0.1, 0.6), seconds(0.6, 0.4, 0.9)])
def test_half_the_distance_takes_four_times_the_requests(estimate: Estimate) -> None:
    need = more_needed(estimate, 0.5)
    assert (need.more, need.why) == (300, "about 300 more requests would decide")


def test_one_more_request_is_one() -> None:
    assert more_needed(seconds(0.4, 0.3, 0.5001, n=10), 0.5).why == "about 1 more request would decide"


def test_the_end_beyond_the_limit_is_what_counts() -> None:
    assert more_needed(seconds(0.45, -math.inf, 0.5625), 0.5).more == 410
    assert more_needed(seconds(0.55, 0.4375, math.inf), 0.5).more == 410


def test_large_numbers_look_like_guesses() -> None:
    assert more_needed(seconds(0.49, 0.1, 0.8), 0.5).why == "about 96,000 more requests would decide"


def test_requests_are_named_where_n_counts_something_else() -> None:
    assert more_needed(seconds(42.0, 38.0, 46.0, n=20), 40.0, requests=50).more == 150


def test_another_level_takes_another_width() -> None:
    estimate = seconds(0.4, 0.1, 0.6, n=1_000, confidence=0.9)
    assert more_needed(estimate, 0.5, level=0.9).more == 3_000
    wider = (2.5758 / 1.6449) ** 2 * 4_000 - 1_000
    assert more_needed(estimate, 0.5, level=0.99).more == pytest.approx(wider, rel=0.02)


def test_the_easier_of_both_ways_counts() -> None:
    assert more_needed(seconds(0.499, 0.399, 0.599), 0.5, tolerance=0.1).more == 320
    assert more_needed(seconds(0.4, 0.4, 0.7), 0.5, tolerance=0.1).more == 800


@pytest.mark.parametrize("value", [0.5, 0.5 - 1e-9, 0.5 + 1e-9])
def test_at_the_limit_nothing_would_decide_but_a_tolerance(value: float) -> None:
    need = more_needed(seconds(value, 0.4, 0.6), 0.5)
    assert need.more is None
    assert need.why.endswith("only a tolerance would decide")
    assert more_needed(seconds(value, 0.4, 0.6), 0.5, tolerance=0.1).more == 300


def test_at_a_limit_of_zero_there_is_no_tolerance() -> None:
    assert more_needed(seconds(0.0, -0.1, 0.1), 0.0, tolerance=0.5).more is None
    assert more_needed(seconds(0.1, -0.1, 0.3), 0.0).more == 300


@pytest.mark.parametrize("estimate", [seconds(0.3, 0.2, 0.4), seconds(0.3, 0.3, 0.3), seconds(0.7, 0.6, math.inf)])
def test_what_is_decided_takes_no_more(estimate: Estimate) -> None:
    assert more_needed(estimate, 0.5).more == 0


def test_an_end_that_is_missing_for_want_of_samples_takes_their_minimum_twice() -> None:
    assert stats.minimum_samples(0.95, 0.9) == 59
    assert more_needed(seconds(0.4, 0.1, math.inf, 20), 0.5, q=0.95).more == 98
    assert more_needed(seconds(0.6, -math.inf, 0.9, 20), 0.5, q=0.05).more == 98
    assert more_needed(stats.mean([0.4] * 3), 0.5).more == 17


@pytest.mark.parametrize("n", [59, 10_000])
def test_an_end_that_is_missing_for_want_of_independence_is_not_known_to_come(n: int) -> None:
    need = more_needed(seconds(0.4, 0.1, math.inf, n), 0.5, q=0.95)
    assert need.more is None
    assert "depend on each other" in need.why


def test_nothing_tells_nothing() -> None:
    assert more_needed(Estimate(math.nan, -math.inf, math.inf, 0), 0.5).more is None
    assert more_needed(stats.ratio([1.0, 2.0], [0.0, 0.0]), 0.5).more is None


def test_a_share_of_none_shrinks_with_the_sample_itself() -> None:
    none = stats.proportion([False] * 60, confidence=0.9)
    more = more_needed(none, 0.01).more
    assert more is not None
    assert stats.proportion([False] * (60 + more), confidence=0.9).high == pytest.approx(0.01, rel=0.05)
    assert more_needed(stats.proportion([True] * 60, confidence=0.9), 0.99).more == more


@pytest.mark.parametrize(("tolerance", "level", "end"), [(0.0, 0.9, 0.97), (0.0, 0.99, 0.97), (0.05, 0.9, 0.9215)])
def test_a_share_of_all_may_have_far_to_go(tolerance: float, level: float, end: float) -> None:
    some = stats.proportion([True] * 10, confidence=0.9)
    more = more_needed(some, 0.97, tolerance=tolerance, level=level).more
    assert more is not None
    assert stats.proportion([True] * (10 + more), confidence=level).low == pytest.approx(
        end, abs=0.002
    )  # it is rounded up


@given(
    st.tuples(st.floats(0.01, 10.0), st.floats(0.001, 5.0), st.floats(0.001, 5.0)),
    st.floats(0.01, 10.0),
    st.sampled_from([0.0, 0.05]),
    st.integers(10, 100_000),
)
def test_with_so_many_more_the_interval_decides(
    found: tuple[float, float, float], limit: float, tolerance: float, n: int
) -> None:
    value, below, above = found
    more = more_needed(seconds(value, value - below, value + above, n), limit, tolerance=tolerance).more
    assume(more is not None)
    shrink = math.sqrt(n / (n + (more or 0))) * (1.0 - 1e-6)
    low, high = value - below * shrink, value + above * shrink
    inside = limit * (1.0 - tolerance) <= low and high <= limit * (1.0 + tolerance)
    assert low >= limit or high <= limit or inside


@pytest.mark.parametrize("level", [0.0, 1.0, math.nan])
def test_a_level_that_cannot_be_is_refused(level: float) -> None:
    with pytest.raises(UsageError, match="confidence"):
        more_needed(seconds(0.4, 0.1, 0.6), 0.5, level=level)
