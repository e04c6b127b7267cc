from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.errors import UsageError
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.runs.measure import limits_of


@pytest.mark.parametrize(
    ("duration", "warmup"),
    [(0.75, 0.125), (6.0, 1.0), (30.0, 5.0), (600.0, 5.0)],
)
def test_a_warm_up_is_a_sixth_of_the_window_and_at_most_5_seconds(duration: float, warmup: float) -> None:
    assert limits_of(duration, None, None) == Limits(warmup_s=warmup, duration_s=duration, requests=None)


@given(st.floats(0, 1e6), st.floats(1e-6, 1e6), st.none() | st.integers(1, 10**9))
def test_what_is_said_is_kept(warmup: float, duration: float, requests: int | None) -> None:
    assert limits_of(duration, requests, warmup) == Limits(warmup, duration, requests)


@pytest.mark.parametrize("duration", [0.0, -1.0, math.nan, math.inf, -math.inf, True])
def test_a_window_without_a_length_is_refused(duration: float) -> None:
    with pytest.raises(UsageError, match=rf"^a window of {duration} s cannot be measured"):
        limits_of(duration, None, None)


@pytest.mark.parametrize("requests", [0, -1, 2.5])
def test_a_window_without_requests_is_refused(requests: int) -> None:
    with pytest.raises(UsageError, match=rf"^requests={requests}: a window needs a whole number of requests, from 1$"):
        limits_of(1.0, requests, None)


@pytest.mark.parametrize("warmup", [-1.0, math.nan, math.inf])
def test_a_warm_up_without_an_end_is_refused(warmup: float) -> None:
    with pytest.raises(UsageError, match=rf"^warmup={warmup}: give seconds from 0, or leave it 'auto'$"):
        limits_of(1.0, None, warmup)
