from __future__ import annotations

import copy
import json
import math
import pickle
import re
from collections.abc import Callable

import pytest

from pytest_fmbench.errors import Inconclusive
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.units import Unit

TTFT = Estimate(0.213, 0.198, 0.24, 120, name="ttft.p50", unit=Unit.SECOND, confidence=0.9)
PARTS = {"low": 0.198, "high": 0.24, "n": 120, "name": "ttft.p50", "unit": Unit.SECOND, "confidence": 0.9}


LATER = Estimate(0.22, 0.1, 0.9, 12, unit=Unit.SECOND)
BOUND, NOTHING = 0.2, math.nan
UNBOUNDED = Estimate(0.213, 0.198, math.inf, 3, unit=Unit.SECOND)


def test_against_a_number_all_of_the_interval_counts() -> None:
    assert TTFT < 0.25
    assert not TTFT > 0.25
    assert TTFT <= 0.24
    assert not TTFT >= 0.25
    assert 0.19 < TTFT <= 0.24
    assert not TTFT < 0.198
    assert TTFT >= 0.198
    assert not TTFT <= 0.1
    assert BOUND / 2 < TTFT < 1
    assert max(TTFT, 0.1) is TTFT
    assert UNBOUNDED > 0.1
    assert not UNBOUNDED < 0.198


@pytest.mark.parametrize(
    ("ask", "problem"),
    [
        (lambda: TTFT < 0.24, "ttft.p50 = 213 ms [198 ms, 240 ms] (n=120) < 240 ms"),
        (lambda: TTFT <= 0.2, "ttft.p50 = 213 ms [198 ms, 240 ms] (n=120) <= 200 ms"),
        (lambda: TTFT > 0.198, "ttft.p50 = 213 ms [198 ms, 240 ms] (n=120) > 198 ms"),
        (lambda: BOUND < TTFT, "ttft.p50 = 213 ms [198 ms, 240 ms] (n=120) > 200 ms"),
        (lambda: UNBOUNDED < 100, "213 ms [198 ms, inf] (n=3) < 100 s"),
        (lambda: Estimate(math.nan, -math.inf, math.inf, 0) < 1, "n/a [-inf, inf] (n=0) < 100%"),
        (lambda: TTFT < NOTHING, "ttft.p50 = 213 ms [198 ms, 240 ms] (n=120) < n/a"),
    ],
)
def test_where_its_interval_straddles_the_number_it_does_not_tell(ask: Callable[[], bool], problem: str) -> None:
    with pytest.raises(Inconclusive, match=f"^{re.escape(problem)}: the data do not tell$"):
        ask()


def test_against_another_its_value_counts() -> None:
    assert TTFT < LATER
    assert TTFT <= LATER
    assert LATER > TTFT
    assert LATER >= TTFT
    assert sorted([LATER, TTFT]) == [TTFT, LATER]


def test_it_equals_its_value() -> None:
    assert TTFT == 0.213
    assert TTFT != LATER
    assert hash(TTFT) == hash(0.213)


def test_against_what_is_no_number_it_does_not_compare() -> None:
    with pytest.raises(TypeError, match="not supported between"):
        assert TTFT < "1"  # type: ignore[operator]  # what is tried


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


@pytest.mark.parametrize(
    ("low", "value", "begins"),
    [(-3.0, 2.0, 0.0), (1.0, 2.0, 1.0), (-math.inf, 2.0, -math.inf), (-3.0, -2.0, -3.0), (-3.0, math.nan, -3.0)],
)
def test_what_is_never_negative_begins_at_0(low: float, value: float, begins: float) -> None:
    found = Estimate(value, low, 9.0, 4, name="output_tokens.mean", unit=Unit.TOKEN, confidence=0.9).from_zero()
    assert (found.low, found.high, found.n, found.confidence) == (begins, 9.0, 4, 0.9)
    assert (found.name, found.unit) == ("output_tokens.mean", Unit.TOKEN)
    assert str(float(found)) == str(value)
