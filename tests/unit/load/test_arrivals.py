from __future__ import annotations

import math
import pickle
import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from itertools import islice, pairwise
from statistics import mean
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_fmbench.errors import UsageError
from pytest_fmbench.load.arrivals import Closed, Constant, Load, Poisson, closed, constant, poisson

UNHURRIED = settings(deadline=None)
RATE = st.floats(1e-3, 1e5)
SEED = st.integers(0, 2**64)
SECOND = 1_000_000_000
OPEN = pytest.mark.parametrize("load", [constant, poisson])
ALL = pytest.mark.parametrize("load", [closed(4), constant(2), poisson(2)], ids=str)


def first(count: int, load: Constant | Poisson, seed: int = 0) -> list[int]:
    return list(islice(load.offsets(seed), count))


def test_a_closed_load_is_its_number_of_users() -> None:
    assert closed(4) == Closed(4)
    assert closed(4) != closed(5)


@OPEN
def test_an_open_load_is_its_rate(load: Callable[[float], Load]) -> None:
    assert load(2) == load(2.0) != load(2.5)


def test_loads_of_the_same_rate_are_not_the_same() -> None:
    assert len({constant(2), poisson(2), Constant(2.0), Poisson(2.0)}) == 2


@pytest.mark.parametrize(
    ("load", "text"),
    [
        (closed(4), "closed:4"),
        (constant(2), "constant:2"),
        (poisson(2.5), "poisson:2.5"),
        (poisson(1 / 3), "poisson:0.3333"),
    ],
)
def test_its_text_is_its_name_and_number(load: Load, text: str) -> None:
    assert str(load) == text


@UNHURRIED
@given(st.sampled_from([constant, poisson]), RATE)
@example(poisson, 12_345.0)
@example(constant, 0.00005)
def test_its_text_can_stand_in_a_node_id_beside_others(load: Callable[[float], Load], rate: float) -> None:
    assert re.fullmatch(r"[a-z]+:\d+(\.\d+)?", str(load(rate)))


@UNHURRIED
@given(RATE, SEED)
def test_constant_arrivals_have_equal_distances_and_no_drift(rate: float, seed: int) -> None:
    offsets = first(500, constant(rate), seed)
    assert offsets == [round(at * SECOND / rate) for at in range(500)]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_poisson_arrivals_have_exponential_gaps(seed: int) -> None:
    gaps = [after - before for before, after in pairwise([0, *first(20_000, poisson(4), seed)])]
    assert mean(gaps) == pytest.approx(SECOND / 4, rel=0.03)
    for share in (0.1, 0.5, 0.9):
        longer = sum(gap > -math.log(share) * SECOND / 4 for gap in gaps) / len(gaps)
        assert longer == pytest.approx(share, abs=0.015)


def test_poisson_gaps_do_not_depend_on_the_one_before() -> None:
    gaps = [after - before for before, after in pairwise(first(20_000, poisson(4)))]
    after_long = [second for gap, second in pairwise(gaps) if gap > SECOND / 4]
    assert mean(after_long) == pytest.approx(mean(gaps), rel=0.03)


@OPEN
@UNHURRIED
@given(RATE, SEED)
def test_arrivals_come_in_order_and_are_the_same_for_the_same_seed(
    load: Callable[[float], Constant | Poisson], rate: float, seed: int
) -> None:
    offsets = first(100, load(rate), seed)
    assert offsets == sorted(offsets) == first(100, load(rate), seed)
    assert offsets[0] >= 0
    assert {type(offset) for offset in offsets} == {int}


def test_every_seed_draws_its_own_arrivals() -> None:
    assert len({tuple(first(3, poisson(2), seed)) for seed in range(100)}) == 100


@pytest.mark.parametrize("users", [0, -1, 2.5, "2", None, True])
def test_what_is_no_number_of_users_is_refused(users: Any) -> None:
    with pytest.raises(UsageError) as caught:
        closed(users)
    assert str(caught.value) == f"closed({users!r}): give a whole number of users, from 1"


@OPEN
@pytest.mark.parametrize("rate", [0, -1.0, math.nan, math.inf, "2", None, True])
def test_what_is_no_rate_is_refused(load: Callable[[Any], Load], rate: Any) -> None:
    with pytest.raises(UsageError) as caught:
        load(rate)
    assert str(caught.value) == f"{load.__name__}({rate!r}): give a positive number of requests a second"


@ALL
def test_it_reaches_the_load_process_as_it_is(load: Load) -> None:
    assert pickle.loads(pickle.dumps(load)) == load  # noqa: S301


@pytest.mark.parametrize(("load", "number"), [(closed(4), "users"), (constant(2), "rate"), (poisson(2), "rate")])
def test_it_is_frozen(load: Load, number: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(load, number, 5)
