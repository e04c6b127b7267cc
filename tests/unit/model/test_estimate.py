from __future__ import annotations

import copy
import json
import math
import pickle
from collections.abc import Callable

import pytest

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.units import Unit

TTFT = Estimate(0.213, 0.198, 0.24, 120, name="ttft.p50", unit=Unit.SECOND, confidence=0.9)
PARTS = {"low": 0.198, "high": 0.24, "n": 120, "name": "ttft.p50", "unit": Unit.SECOND, "confidence": 0.9}


def test_it_compares_as_its_value() -> None:
    assert TTFT == 0.213
    assert 0.2 < TTFT < 0.3
    assert max(TTFT, 0.1) is TTFT
    assert hash(TTFT) == hash(0.213)


@pytest.mark.parametrize(
    "calculate",
    [
        lambda e: e + e,
        lambda e: 2 * e,
        lambda e: e - 1,
        lambda e: e / 2,
        lambda e: e**2,
        lambda e: e % 1,
        lambda e: -e,
        lambda e: +e,
        abs,
        float,
        lambda e: round(e, 2),
        lambda e: sum([e, e]),
    ],
)
def test_what_is_calculated_from_it_is_a_plain_float(calculate: Callable[[Estimate], float]) -> None:
    assert type(calculate(TTFT)) is float
    assert calculate(TTFT) == calculate(0.213)  # type: ignore[arg-type]


def test_it_tells_its_name_interval_and_sample_size() -> None:
    assert repr(TTFT) == str(TTFT) == f"{TTFT}" == "ttft.p50 = 213 ms [198 ms, 240 ms] (n=120)"


def test_without_a_name_it_tells_the_rest() -> None:
    assert repr(Estimate(0.025, 0.0, math.inf, 40)) == "2.5% [0%, inf] (n=40)"


def test_what_could_not_be_computed_says_so() -> None:
    assert Estimate(math.nan, -math.inf, math.inf, 0, unit=Unit.SECOND).interval() == "n/a [-inf, inf]"


def test_it_takes_a_format_as_a_float_does() -> None:
    assert f"{TTFT:.1f}" == "0.2"


def test_its_interval_is_plain_too() -> None:
    made = Estimate(1.0, TTFT, TTFT, True)
    assert (type(made.low), type(made.high), type(made.n)) == (float, float, int)


def test_its_json_is_its_value() -> None:
    assert json.dumps({"p50": TTFT}) == '{"p50": 0.213}'


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_keeps_all_of_it(protocol: int) -> None:
    back = pickle.loads(pickle.dumps(TTFT, protocol))  # noqa: S301
    assert (type(back), float(back), vars(back)) == (Estimate, 0.213, PARTS)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_copying_keeps_all_of_it(duplicate: Callable[[Estimate], Estimate]) -> None:
    same = duplicate(TTFT)
    assert (type(same), float(same), vars(same)) == (Estimate, 0.213, PARTS)


def test_pickling_keeps_what_is_not_finite() -> None:
    back = pickle.loads(pickle.dumps(Estimate(math.nan, -math.inf, math.inf, 0)))  # noqa: S301
    assert (math.isnan(back), back.low, back.high, back.n) == (True, -math.inf, math.inf, 0)
