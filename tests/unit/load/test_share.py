from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.load.arrivals import OpenLoop, closed, constant, gamma, mix, poisson, ramp, spike, steps, then, thin
from pytest_fmbench.load.share import Share, shares
from tests.support.schedules import Few

WORKERS = st.integers(1, 8)
RATES = st.floats(0.1, 1e4)
LENGTHS = st.floats(0.1, 100)


LOADS: st.SearchStrategy[OpenLoop] = st.one_of(
    st.builds(poisson, RATES),
    st.builds(constant, RATES),
    st.builds(gamma, RATES, st.floats(0.1, 10)),
    st.builds(ramp, RATES, RATES, LENGTHS),
    st.builds(steps, st.lists(RATES, min_size=1, max_size=4), LENGTHS),
    st.builds(spike, RATES, RATES, LENGTHS, LENGTHS),
    st.builds(lambda rate, length: then((poisson(rate), length), Few(20)), RATES, LENGTHS),
    st.builds(lambda rate: mix(Few(7), thin(poisson(rate), 0.5)), RATES),
    st.builds(Few, st.integers(0, 80)),
)


@given(WORKERS, st.integers(0, 10_000))
def test_the_parts_add_up_and_differ_by_one_at_most(workers: int, total: int) -> None:
    parts = [Share(nth, workers).part(total) for nth in range(workers)]
    assert sum(parts) == total
    assert max(parts) - min(parts) <= 1


@given(WORKERS, LOADS, st.integers(0, 2**32), st.sampled_from([0, 2_500_000_000]))
def test_whatever_the_number_of_workers_together_they_send_the_one_schedule(
    workers: int, load: OpenLoop, seed: int, lead_ns: int
) -> None:
    n = 60
    whole = list(enumerate(islice(load.offsets(seed, lead_ns), n)))
    parts = [Share(nth, workers) for nth in range(workers)]
    sent = [
        list(islice(zip(part.indices(), part.offsets(load, seed, lead_ns), strict=False), part.part(n)))
        for part in parts
    ]
    assert sorted(pair for part in sent for pair in part) == whole


@given(WORKERS)
def test_no_two_workers_ask_the_same(workers: int) -> None:
    indices = [index for nth in range(workers) for index in islice(Share(nth, workers).indices(), 20)]
    assert sorted(indices) == list(range(20 * workers))


@pytest.mark.parametrize(("users", "workers", "expected"), [(4, 2, 2), (2, 4, 2), (1, 8, 1), (5, 1, 1)])
def test_a_worker_without_a_user_is_not_needed(users: int, workers: int, expected: int) -> None:
    parts = shares(closed(users), workers)
    assert parts == [Share(nth, expected) for nth in range(expected)]
    assert all(part.part(users) for part in parts)


def test_an_open_loop_takes_all_workers() -> None:
    assert len(shares(poisson(0.1), 3)) == 3
