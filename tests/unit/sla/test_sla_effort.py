import math

import pytest

from pytest_fmbench import stats
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Objective, Outcome
from pytest_fmbench.model.units import Unit
from pytest_fmbench.sla import judge


def reason(
    estimate: Estimate,
    operator: str = "<",
    limit: float = 0.5,
    statistic: str | None = "p95",
    *,
    tolerance: float = 0.0,
    requests: int | None = None,
) -> str:
    objective = Objective("it", "it", statistic, operator, limit)
    verdict = judge(objective, estimate, tolerance=tolerance, requests=requests)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    return verdict.reason.partition("; ")[2]


def seconds(value: float, low: float, high: float, n: int = 100) -> Estimate:
    return Estimate(value, low, high, n, unit=Unit.SECOND, confidence=0.9)


def test_half_the_distance_takes_four_times_the_requests() -> None:
    assert reason(seconds(0.4, 0.1, 0.6)) == "about 300 more requests would decide"
    assert reason(seconds(0.6, 0.4, 0.9)) == "about 300 more requests would decide"
    assert reason(seconds(0.4, 0.1, 0.6), ">") == "about 300 more requests would decide"


def test_the_end_beyond_the_limit_is_what_counts() -> None:
    assert reason(seconds(0.45, -math.inf, 0.5625)) == "about 410 more requests would decide"
    assert reason(seconds(0.55, 0.4375, math.inf)) == "about 410 more requests would decide"


def test_requests_are_named_where_n_counts_something_else() -> None:
    slices = Estimate(42.0, 38.0, 46.0, 20, unit=Unit.TOKEN_RATE, confidence=0.9)
    assert reason(slices, ">=", 40.0, None, requests=50) == "about 150 more requests would decide"


def test_one_more_request_is_one() -> None:
    assert reason(seconds(0.4, 0.3, 0.5001, n=10)) == "about 1 more request would decide"


def test_two_more_requests_are_many() -> None:
    assert reason(seconds(0.4, 0.3, 0.5088, n=10)) == "about 2 more requests would decide"


def test_large_numbers_look_like_guesses() -> None:
    assert reason(seconds(0.49, 0.1, 0.8)) == "about 96,000 more requests would decide"


def test_at_the_limit_the_interval_must_shrink_into_the_tolerance() -> None:
    assert reason(seconds(0.5, 0.4, 0.55), tolerance=0.1) == "about 300 more requests would decide"


def test_the_easier_of_both_ways_counts() -> None:
    assert reason(seconds(0.499, 0.399, 0.599), tolerance=0.1) == "about 320 more requests would decide"


def test_outside_the_tolerance_only_the_limit_counts() -> None:
    assert reason(seconds(0.4, 0.4, 0.7), tolerance=0.1) == "about 800 more requests would decide"


def test_at_the_limit_without_a_tolerance_nothing_would_decide() -> None:
    assert reason(seconds(0.5, 0.4, 0.6)).endswith("only a tolerance would decide")
    assert reason(seconds(0.5, 0.5, 0.6), "<=").endswith("only a tolerance would decide")
    assert reason(seconds(0.5 - 1e-9, 0.4, 0.6)).endswith("only a tolerance would decide")


def test_an_upper_end_without_bound_takes_a_percentiles_minimum_twice() -> None:
    assert stats.minimum_samples(0.95, 0.9) == 59
    assert reason(seconds(0.4, 0.1, math.inf, 20)) == "about 98 more requests would decide"


@pytest.mark.parametrize("n", [59, 100])
def test_an_end_that_is_open_though_samples_are_enough_is_that_of_dependence(n: int) -> None:
    assert "depend on each other" in reason(seconds(0.4, 0.1, math.inf, n))


def test_so_is_a_share_that_ends_at_0_or_1() -> None:
    open_below = Estimate(0.97, 0.0, 0.99, 1_000, unit=Unit.SHARE, confidence=0.9)
    assert "depend on each other" in reason(open_below, ">=", 0.95, None)


def test_a_lower_end_without_bound_takes_the_mirrored_minimum() -> None:
    assert stats.minimum_samples(0.95, 0.9) == 59
    assert reason(seconds(0.6, -math.inf, 0.9, 20), "<", statistic="p5") == "about 98 more requests would decide"


def test_a_mean_of_too_few_takes_enough_for_batches() -> None:
    assert reason(stats.mean([0.4] * 3, unit=Unit.SECOND), statistic="mean") == "about 17 more requests would decide"


def test_a_share_of_none_shrinks_with_the_sample_itself() -> None:
    none = stats.proportion([False] * 60, confidence=0.9)
    more = int(reason(none, "<", 0.01, None).split()[1])
    assert stats.proportion([False] * (60 + more), confidence=0.9).high == pytest.approx(0.01, rel=0.05)
    every = stats.proportion([True] * 60, confidence=0.9)
    assert reason(every, ">=", 0.99, None) == reason(none, "<", 0.01, None)


def test_other_shares_and_other_zeros_shrink_with_its_square_root() -> None:
    assert (
        reason(Estimate(0.4, 0.1, 0.6, 100, unit=Unit.SHARE), statistic=None) == "about 300 more requests would decide"
    )
    assert reason(seconds(0.0, -0.3, 1.0), "<=", 0.5) == "about 300 more requests would decide"


def test_at_the_limit_it_is_the_upper_end_that_is_missing() -> None:
    assert reason(seconds(0.5, 0.1, math.inf, 20)) == "about 98 more requests would decide"
