"""Loads with a shape, and loads made of loads: what they are called, how long they take, what is refused."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.errors import UsageError
from pytest_fmbench.load.arrivals import (
    Load,
    OpenLoop,
    closed,
    constant,
    gamma,
    mix,
    poisson,
    ramp,
    shape_of,
    spike,
    steps,
    then,
    thin,
)
from pytest_fmbench.load.arrivals.base import seed_of_part

LOADS = [
    (gamma(5, cv=2), "gamma:5-cv:2", 0.0),
    (ramp(1, 10, over="30s"), "ramp:1-10:30s", 30.0),
    (steps([2, 4.5, 8], each="30s"), "steps:2+4.5+8:30s", 90.0),
    (steps([(2, "1min"), (8, 0.5)]), "steps:2:60s+8:0.5s", 60.5),
    (steps([2, (8, "10s")], each=5), "steps:2:5s+8:10s", 15.0),
    (spike(2, 20, at="30s", lasting="5s"), "spike:2-20:30s+5s", 65.0),
    (then(ramp(1, 9, over="10s"), poisson(9)), "first:ramp:1-9:10s-then-poisson:9", 10.0),
    (then((poisson(1), "1min"), (constant(9), 3)), "first:poisson:1:60s-then-constant:9:3s", 63.0),
    (then((ramp(1, 9, over=2), 3), constant(9)), "first:ramp:1-9:2s:3s-then-constant:9", 3.0),
    (mix(poisson(1), constant(0.5)), "mix:poisson:1-and-constant:0.5", 0.0),
    (mix(ramp(1, 9, over=2), ramp(1, 9, over=3)), "mix:ramp:1-9:2s-and-ramp:1-9:3s", 3.0),
    (thin(ramp(1, 9, over=2), 0.5), "thinned:0.5:ramp:1-9:2s", 2.0),
    (closed(3), "closed:3", 0.0),
    (closed(3, think="2s"), "closed:3-think:2s", 0.0),
]
ALL = pytest.mark.parametrize("load", [load for load, _, _ in LOADS], ids=str)


@pytest.mark.parametrize(("load", "text", "shape_s"), LOADS)
def test_its_text_is_its_name_and_its_numbers(load: Load, text: str, shape_s: float) -> None:
    assert str(load) == text
    assert shape_of(load) == pytest.approx(shape_s)


@ALL
def test_its_text_is_what_dash_k_takes(load: Load) -> None:
    assert re.fullmatch(r"(\w|[:+.-])+", str(load))


RATES = st.integers(1, 999)
LENGTHS = st.integers(1, 999)
SINGLE: st.SearchStrategy[OpenLoop] = st.one_of(
    st.builds(constant, RATES),
    st.builds(poisson, RATES),
    st.builds(gamma, RATES, st.integers(1, 99)),
    st.builds(ramp, RATES, RATES, LENGTHS),
    st.builds(steps, st.lists(st.tuples(RATES, LENGTHS), min_size=1, max_size=20)),
    st.builds(spike, RATES, RATES, LENGTHS, LENGTHS),
)
COMPOSED: st.SearchStrategy[OpenLoop] = st.one_of(
    SINGLE,
    st.builds(mix, SINGLE, SINGLE),
    st.builds(thin, SINGLE, st.sampled_from([0.25, 0.5])),
    st.builds(lambda first, second: then((first, 2_000_000), second), SINGLE, SINGLE),
)


@given(COMPOSED, COMPOSED)
def test_loads_that_differ_have_texts_that_differ(one: OpenLoop, other: OpenLoop) -> None:
    assert (str(one) == str(other)) == (one == other)


@given(st.lists(st.tuples(RATES, LENGTHS), min_size=10, max_size=300))
def test_a_long_text_is_cut_and_still_tells(levels: list[tuple[float, float]]) -> None:
    text = str(steps(levels))
    assert len(text) <= 80
    assert re.fullmatch(r"(\w|[:+.-])+", text)
    assert text != str(steps([*levels[:-1], (levels[-1][0] + 1, levels[-1][1])]))


@given(COMPOSED, st.integers(0, 2**64), st.sampled_from([0, 1_500_000_000]))
def test_arrivals_are_in_order_seeded_and_the_same_in_another_process(load: OpenLoop, seed: int, lead_ns: int) -> None:
    first = [*islice(load.offsets(seed, lead_ns), 30)]
    assert first == sorted(first)
    assert first[0] >= 0
    assert first == [*islice(pickle.loads(pickle.dumps(load)).offsets(seed, lead_ns), 30)]  # noqa: S301
    assert {type(offset) for offset in first} == {int}


def test_seeds_of_parts_are_not_those_of_others() -> None:
    assert len({seed_of_part(seed, nth) for seed in range(100) for nth in range(10)}) == 1_000


@pytest.mark.parametrize("rate", [0, -1, float("inf"), float("nan"), True, "2", None])
@pytest.mark.parametrize(
    ("load", "said"),
    [
        (lambda rate: gamma(rate, 1), "gamma(rate={})"),
        (lambda rate: ramp(rate, 1, 1), "ramp(start={})"),
        (lambda rate: ramp(1, rate, 1), "ramp(stop={})"),
        (lambda rate: spike(rate, 1, 1, 1), "spike(base={})"),
        (lambda rate: spike(1, rate, 1, 1), "spike(peak={})"),
        (lambda rate: steps([1, rate], each=1), "steps: {}"),
    ],
)
def test_what_is_no_rate_is_refused(load: Callable[[Any], Load], said: str, rate: Any) -> None:
    with pytest.raises(UsageError) as caught:
        load(rate)
    assert str(caught.value) == f"{said.format(repr(rate))}: give a positive number of requests a second"


@pytest.mark.parametrize("length", [0, "0s", -1, float("inf"), float("nan"), "soon", "1h", True, ()])
@pytest.mark.parametrize(
    ("load", "said"),
    [
        (lambda length: ramp(1, 2, length), "ramp(over={})"),
        (lambda length: spike(1, 2, length, 1), "spike(at={})"),
        (lambda length: spike(1, 2, 1, length), "spike(lasting={})"),
        (lambda length: steps([1], each=length), "steps: {} for 1 requests a second"),
        (lambda length: steps([(1, length)]), "steps: {} for 1 requests a second"),
        (lambda length: then((poisson(1), length), poisson(1)), "then((poisson:1, {}))"),
    ],
)
def test_what_is_no_length_is_refused(load: Callable[[Any], Load], said: str, length: Any) -> None:
    with pytest.raises(UsageError) as caught:
        load(length)
    assert str(caught.value) == f"{said.format(repr(length))}: give a length of time, as 30s, 2min or 500ms"


@pytest.mark.parametrize("cv", [0, -1, float("inf"), float("nan"), True, "2", None, 101])
def test_what_is_no_coefficient_of_variation_is_refused(cv: Any) -> None:
    with pytest.raises(UsageError) as caught:
        gamma(2, cv)
    assert str(caught.value).startswith(f"gamma(cv={cv!r}): give a coefficient of variation above 0, 100 at most")
    assert "constant(rate)" in str(caught.value)


@pytest.mark.parametrize(
    ("load", "said"),
    [
        (lambda: steps([]), "steps([]): give one rate or more, as steps([2, 4, 8], each='30s')"),
        (lambda: steps(5), "steps(5): give one rate or more"),  # type: ignore[arg-type]  # as a user may
        (lambda: steps([2, 4]), "steps: 2 has no length; write steps([2, 4, 8], each='30s')"),
        (then, "then(...) takes two loads or more, one after another, and was given 0"),
        (lambda: then(poisson(1)), "then(...) takes two loads or more, one after another, and was given 1"),
        (lambda: then(poisson(1), poisson(2)), "then(...): poisson:1 has no end; say how long it lasts, as"),
        (lambda: then((ramp(1, 2, 5), 3), poisson(2)), "then((ramp:1-2:5s, 3)): that cuts it off; its shape takes 5 s"),
        (lambda: mix(poisson(1)), "mix(...) takes two loads or more, all at once, and was given 1"),
        (lambda: mix(closed(1), poisson(1)), "mix(closed:1): give loads by the clock, such as poisson(2)"),  # type: ignore[arg-type]  # as a user may
        (lambda: then((closed(1), 2), poisson(1)), "then(closed:1): give loads by the clock, such as poisson(2)"),  # type: ignore[arg-type]  # as a user may
        (lambda: thin(poisson(1), 0), "thin(share=0): give a share above 0, 1 at most"),
        (lambda: thin(poisson(1), 1.5), "thin(share=1.5): give a share above 0, 1 at most"),
    ],
)
def test_what_makes_no_load_is_refused_with_a_way_out(load: Callable[[], Load], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        load()
    assert str(caught.value).startswith(said)
