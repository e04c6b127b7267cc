import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats.backlog import Backlog, backlog, in_flight
from tests.calibration.steady import Queue, closed_loop, long_replies, queue

EVERY_SECOND = np.arange(1000.0)


def unstable(found: Queue) -> float:
    """The share of runs that pile up."""
    return float(np.mean([backlog(begun, begun + took).unstable for begun, took in zip(*found, strict=True)]))


def one_server(service: float, arrivals: Floats = EVERY_SECOND) -> Floats:
    """Ends of requests that a single server takes one after the other."""
    ends, free = [], -math.inf
    for arrival in arrivals:
        free = max(free, arrival) + service
        ends.append(free)
    return np.array(ends)


def test_in_flight_is_arrived_and_not_ended() -> None:
    count = in_flight([0.0, 1.0, 2.0, 2.0], [1.0, 5.0, math.nan, 3.0], [-1.0, 0.0, 1.0, 2.0, 3.0, 9.0])
    assert count.tolist() == [0.0, 1.0, 1.0, 3.0, 2.0, 1.0]


def test_a_server_that_is_too_slow_piles_up_what_it_leaves() -> None:
    found = backlog(EVERY_SECOND, one_server(1.25))
    assert (found.unstable, found.known) == (True, True)
    assert found.growth == pytest.approx(0.2, rel=0.02)
    assert (found.offered, found.achieved) == pytest.approx((1.0, 0.8), rel=0.01)
    assert found.offered - found.achieved == pytest.approx(found.growth)
    assert "Lower the rate below 0.8" in found.why
    assert "meaningless" in found.why


def test_a_server_that_keeps_up_does_not() -> None:
    found = backlog(EVERY_SECOND, one_server(0.5))
    assert not found.unstable
    assert found.growth.low <= 0.0 <= found.growth.high
    assert found.growth == pytest.approx(0.0, abs=1.0 / 999.0)  # one request more or less
    assert found.why.startswith("stable")


@pytest.mark.parametrize("load", [0.5, 0.9])
def test_a_queue_that_wanders_is_not_growing(load: float) -> None:
    assert unstable(queue(load, 200, 1000, seed=1)) <= 0.02


def test_overload_is_found_sooner_the_larger_it_is() -> None:
    assert unstable(queue(1.3, 100, 1000, seed=2, warm=0)) >= 0.97
    assert unstable(queue(1.1, 200, 1000, seed=3, warm=0)) >= 0.55
    assert unstable(queue(1.05, 40, 10_000, seed=4, warm=0)) >= 0.9


def test_a_closed_loop_never_grows() -> None:
    assert unstable(closed_loop(8, 100, 1000, seed=5)) == 0.0


def test_a_window_that_still_fills_with_long_replies_is_not_growing() -> None:
    assert unstable(long_replies(100, 1000, seed=6)) <= 0.05


def test_a_server_that_dies_half_way_piles_up() -> None:
    ends = np.where(EVERY_SECOND < 500.0, EVERY_SECOND + 0.5, math.inf)
    assert backlog(EVERY_SECOND, ends).unstable


def test_failures_that_end_at_once_do_not_pile_up() -> None:
    found = backlog(EVERY_SECOND, EVERY_SECOND)
    assert (found.unstable, found.known) == (False, True)


def same(one: Backlog, other: Backlog) -> bool:
    return repr(one) == repr(other)  # so that one NaN is like the other


@settings(deadline=None)
@given(st.integers(0, 1000), st.integers(100, 300), st.sampled_from([0.5, 1.0, 2.0]))
def test_order_does_not_matter_and_nan_is_never(seed: int, n: int, took: float) -> None:
    random = np.random.default_rng(seed)
    arrivals = random.exponential(size=n).cumsum()
    ends = np.where(random.random(n) < 0.1, math.nan, arrivals + random.exponential(took, n))
    order = random.permutation(n)
    found = backlog(arrivals, ends)
    assert same(found, backlog(arrivals[order], ends[order]))
    assert same(found, backlog(arrivals, np.where(np.isnan(ends), math.inf, ends)))
    assert not math.isnan(found.growth) or not found.known


@pytest.mark.parametrize(
    ("arrivals", "ends", "why"),
    [
        ([], [], "0 requests"),
        ([0.0, 1.0], [1.0, 2.0], "2 requests"),
        (np.zeros(500), np.ones(500), "arrived at once"),
        (EVERY_SECOND, np.full(1000, math.nan), "no request ended"),
        (EVERY_SECOND, EVERY_SECOND + 1e6, "no request ended"),
        (EVERY_SECOND, np.where(EVERY_SECOND < 900.0, EVERY_SECOND + 600.0, EVERY_SECOND), "more than half"),
    ],
)
def test_a_window_that_says_nothing_says_so(arrivals: Floats, ends: Floats, why: str) -> None:
    found = backlog(arrivals, ends)
    assert (found.unstable, found.known) == (False, False)
    assert (found.growth.low, found.growth.high) == (-math.inf, math.inf)
    assert why in found.why


def test_two_bursts_are_no_growth() -> None:
    arrivals = np.repeat([0.0, 100.0], 200)
    assert not backlog(arrivals, arrivals + np.tile(np.arange(1.0, 201.0), 2)).unstable


@pytest.mark.parametrize("judge", [backlog, lambda begun, over: in_flight(begun, over, [0.0])])
def test_what_cannot_be_is_refused(judge: object) -> None:
    call = judge
    for arrivals, ends, problem in (
        ([0.0, 1.0], [2.0], "an arrival and an end"),
        ([0.0, 5.0], [1.0, 4.0], "request 1 ends at 4"),
        ([0.0, 5.0], [1.0, -math.inf], "request 1 ends at -inf"),
        ([0.0, math.nan], [1.0, 2.0], "sample 1 of 2"),
        ([0.0, math.inf], [1.0, 2.0], "sample 1 of 2"),
    ):
        with pytest.raises(UsageError, match=problem):
            call(arrivals, ends)  # type: ignore[operator]  # both are called alike


@pytest.mark.parametrize("confidence", [0.0, 1.0, math.nan])
def test_a_confidence_outside_0_to_1_is_refused(confidence: float) -> None:
    with pytest.raises(UsageError, match="confidence"):
        backlog(EVERY_SECOND, EVERY_SECOND, confidence=confidence)
