from __future__ import annotations

from itertools import islice
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.errors import UsageError
from pytest_fmbench.load.arrivals import Closed, closed
from pytest_fmbench.load.share import Share

THINKING = [closed(3, think="2s"), closed(3, think="exponential:2"), closed(3, think="uniform:1,3")]


def pauses(load: Closed, count: int, *, seed: int = 0, user: int = 0) -> list[float]:
    return [pause / 1e9 for pause in islice(load.pauses(seed, user), count)]


def test_users_who_do_not_think_ask_at_once() -> None:
    assert pauses(closed(2), 3) == [0, 0, 0]


@pytest.mark.parametrize("think", [2, 2.0, "2s", "2000ms", "2"])
def test_a_time_to_think_is_the_same_each_time_but_for_the_first(think: float | str) -> None:
    load = closed(2, think)
    assert load == closed(2, think="2s") != closed(2)
    first, *others = pauses(load, 5)
    assert 0 < first < 2
    assert others == [2.0] * 4


def test_users_do_not_begin_in_step() -> None:
    firsts = [pauses(closed(1_000, think="2s"), 1, user=user)[0] for user in range(1_000)]
    assert fmean(firsts) == pytest.approx(1.0, abs=0.06)
    assert (min(firsts) < 0.05, max(firsts) > 1.95) == (True, True)


@pytest.mark.parametrize("load", THINKING, ids=str)
def test_what_users_think_is_drawn_for_each_of_them(load: Closed) -> None:
    assert pauses(load, 5, user=1) == pauses(load, 5, user=1)
    assert pauses(load, 5, user=1)[0] != pauses(load, 5, user=2)[0]
    assert pauses(load, 5, seed=1)[0] != pauses(load, 5, seed=2)[0]


def test_drawn_times_have_their_distribution() -> None:
    drawn = pauses(closed(1, think="exponential:2"), 8_001)[1:]
    assert fmean(drawn) == pytest.approx(2.0, rel=0.04)
    assert sum(one > 4.0 for one in drawn) / len(drawn) == pytest.approx(0.1353, abs=0.012)


@given(st.integers(1, 8), st.integers(1, 20))
def test_every_user_is_one_workers(workers: int, users: int) -> None:
    parts = [Share(nth, workers) for nth in range(workers)]
    assert sorted(user for part in parts for user in part.users(closed(users))) == [*range(users)]
    assert all(len(part.users(closed(users))) == part.part(users) for part in parts)


@pytest.mark.parametrize(
    ("load", "text", "shown"),
    [
        (closed(4), "closed:4", "Closed(users=4)"),
        (closed(4, 1.5), "closed:4-think:1.5s", "Closed(users=4, think='1.5')"),
        (closed(4, "exponential:2"), "closed:4-think:exponential:2", "Closed(users=4, think='exponential:2')"),
        (closed(4, "normal:2, 1"), "closed:4-think:normal:2-1", "Closed(users=4, think='normal:2,1')"),
    ],
)
def test_its_text_says_how_long_they_think(load: Closed, text: str, shown: str) -> None:
    assert (str(load), repr(load)) == (text, shown)


@pytest.mark.parametrize("think", [0, -1, "0s", float("inf"), float("nan"), "soon", "1h", True, [], "normal:2", "x:1"])
def test_what_is_no_time_to_think_is_refused(think: Any) -> None:
    with pytest.raises(UsageError) as caught:
        closed(4, think)
    said = str(caught.value)
    assert said.startswith(
        f"closed(think={think!r}): give a time above 0, as 2s or 500ms, or a distribution of seconds"
    )
    assert "exponential:..." in said
    assert said.endswith("leave it out where users do not think")
