from __future__ import annotations

import math

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.runs.budget import Tokens, affordable, see_that_they_are_some
from pytest_fmbench.runs.crew.standing import Decoded, Standing


def standing(begun: int, done: int, output_tokens: int) -> Standing:
    return Standing(begun, begun, Decoded(done=done, output_tokens=output_tokens))


@pytest.mark.parametrize(
    ("now", "share"),
    [
        (standing(0, 0, 0), 0.0),
        (standing(10, 10, 40), 0.1),  # 10 x (6 + 4) of 1,000
        (standing(10, 5, 20), 0.15),  # half of them under way, and five more in the drain
        (standing(100, 100, 400), 1.0),
    ],
)
def test_tokens_are_spent_by_what_was_asked_and_by_what_the_drain_will_ask(now: Standing, share: float) -> None:
    assert Tokens(1_000, input_tokens=6).share(now) == pytest.approx(share)
    assert Tokens(None, input_tokens=6).share(now) == 0.0


@pytest.mark.parametrize("tokens", [0, -1, 2.5, True, "many", 2])
def test_tokens_are_a_whole_number_of_one_a_round_or_more(tokens: object) -> None:
    with pytest.raises(UsageError, match="from 3"):
        see_that_they_are_some(tokens, 3)  # type: ignore[arg-type]  # what a user may write
    see_that_they_are_some(None, 3)
    see_that_they_are_some(3, 3)


def test_dollars_are_time() -> None:
    limits = Limits(5.0, 600.0, 100)
    assert affordable(limits, 0.1, 3.6, rounds=1, what="m").duration_s == pytest.approx(95.0)
    assert affordable(limits, 0.1, 3.6, rounds=3, what="m").duration_s == pytest.approx(85.0)
    assert affordable(limits, 1e9, 3.6, rounds=1, what="m") == limits
    assert affordable(limits, 1e-9, 0.0, rounds=1, what="m") == limits


@pytest.mark.parametrize("usd", [0, -1.0, math.inf, math.nan, True, "5"])
def test_dollars_are_a_positive_number(usd: object) -> None:
    with pytest.raises(UsageError, match="give a positive number of dollars"):
        affordable(Limits(5.0, 60.0), usd, 1.0, rounds=1, what="m")  # type: ignore[arg-type]  # what a user may write


def test_dollars_that_nobody_can_reckon_with_are_refused() -> None:
    with pytest.raises(UsageError, match="nobody says what m costs; set duration=, requests= or tokens="):
        affordable(Limits(5.0, 60.0), 1.0, None, rounds=1, what="m")


def test_dollars_that_end_in_the_warm_up_are_refused() -> None:
    with pytest.raises(UsageError, match=r"usd=0.01: warming up m takes 0.03 of them; allow more"):
        affordable(Limits(5.0, 60.0), 0.01, 7.2, rounds=3, what="m")
