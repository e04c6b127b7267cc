from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.errors import UsageError
from pytest_fmbench.load.arrivals import closed, poisson, ramp
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.runs.checks import seconds_of, see_that_it_is_whole, window_of
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


def test_a_window_lasts_as_it_is_said_or_as_long_as_the_session_says() -> None:
    assert [window_of(closed(1), given, 40.0, requests=5) for given in (None, 3, "30s", "2min")] == [40, 3, 30, 120]
    assert window_of(poisson(1), None, 40.0, windows=4) == 40.0


def test_a_shape_is_never_cut_off() -> None:
    load = ramp(1, 9, over="30s")
    assert [window_of(load, given, 40.0) for given in (None, 30, "1min")] == [30, 30, 60]
    assert [window_of(load, given, 40.0, windows=4) for given in (None, "2min")] == [120, 120]
    with pytest.raises(UsageError) as caught:
        window_of(load, "20s", 40.0)
    assert str(caught.value) == (
        "duration='20s': that cuts ramp:1-9:30s off, which takes 30 s; allow 30 s or more, or leave it out"
    )
    with pytest.raises(UsageError, match="takes 30 s, in each of 4 windows; allow 120 s or more"):
        window_of(load, 119.9, 40.0, windows=4)
    with pytest.raises(UsageError, match=r"^requests=9: that may cut ramp:1-9:30s off, which is measured whole"):
        window_of(load, None, 40.0, requests=9)
    with pytest.raises(UsageError, match=r"^tokens=9: that may cut ramp:1-9:30s off"):
        window_of(load, None, 40.0, tokens=9)
    with pytest.raises(UsageError, match=r"^usd=1: that cuts ramp:1-9:30s off"):
        see_that_it_is_whole(load, 29.0, "usd=1")


@pytest.mark.parametrize("shape", [0.1, 1 / 3, 7.7])
def test_a_shape_that_is_divided_and_put_together_is_whole(shape: float) -> None:
    load = ramp(1, 9, over=shape)
    assert all(window_of(load, window_of(load, None, 1.0, windows=n), 1.0, windows=n) for n in range(1, 50))


def test_a_text_that_is_no_length_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^duration='soon': give a length of time, as 30s, 2min or 500ms$"):
        window_of(closed(1), "soon", 40.0)


@pytest.mark.parametrize("requests", [0, -1, 2.5])
def test_a_window_without_requests_is_refused(requests: int) -> None:
    with pytest.raises(UsageError, match=rf"^requests={requests}: a window needs a whole number of requests, from 1$"):
        limits_of(1.0, requests, None)


@pytest.mark.parametrize("warmup", [-1.0, math.nan, math.inf])
def test_a_warm_up_without_an_end_is_refused(warmup: float) -> None:
    with pytest.raises(UsageError, match=rf"^warmup={warmup}: give seconds from 0, or leave it 'auto'$"):
        limits_of(1.0, None, warmup)


@pytest.mark.parametrize(("warmup", "seconds"), [("auto", None), (2, 2), ("2s", 2.0), ("500ms", 0.5)])
def test_a_warm_up_may_have_a_unit(warmup: float | str, seconds: float | None) -> None:
    assert seconds_of(warmup) == seconds
