from __future__ import annotations

import math
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_fmbench.model.units import SPELLINGS, Unit, show, spellings_of

UNHURRIED = settings(deadline=None)
SIZE = st.floats(1e-9, 1e9)
UNIT = st.sampled_from(Unit)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (1e-9, "0.001 us"),
        (2.5e-6, "2.5 us"),
        (0.0009994, "999 us"),
        (0.0009996, "1 ms"),
        (0.001, "1 ms"),
        (0.0012345, "1.23 ms"),
        (0.015, "15 ms"),
        (0.2134, "213 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1 s"),
        (1.0, "1 s"),
        (1.005001, "1.01 s"),
        (9.994, "9.99 s"),
        (9.999, "10 s"),
        (59.96, "60 s"),
        (99.96, "100 s"),
        (999.6, "1000 s"),
        (1234.0, "1230 s"),
    ],
)
def test_a_time_has_three_digits_and_the_unit_of_its_size(seconds: float, shown: str) -> None:
    assert show(seconds, Unit.SECOND) == shown
    assert show(-seconds, Unit.SECOND) == f"-{shown}"


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.00001, "0.001%"),
        (0.005, "0.5%"),
        (0.05, "5%"),
        (0.12345, "12.3%"),
        (0.9994, "99.9%"),
        (0.9996, "100%"),
        (1.0, "100%"),
    ],
)
def test_a_share_is_in_percent(share: float, shown: str) -> None:
    assert show(share, Unit.SHARE) == shown


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (64.0, Unit.TOKEN, "64 tok"),
        (81.25, Unit.TOKEN_RATE, "81.2 tok/s"),
        (99.96, Unit.TOKEN_RATE, "100 tok/s"),
        (12345.0, Unit.TOKEN_RATE, "12300 tok/s"),
        (0.0625, Unit.REQUEST_RATE, "0.0625 req/s"),
        (1.212, Unit.USD, "1.21 USD"),
    ],
)
def test_other_units_follow_the_number(value: float, unit: Unit, shown: str) -> None:
    assert show(value, unit) == shown


@pytest.mark.parametrize("unit", Unit)
def test_nothing_is_nothing_of_the_unit_itself(unit: Unit) -> None:
    shown = {Unit.SHARE: "0%", Unit.DIFFERENCE: "0 pp"}.get(unit, f"0 {unit.value}")
    assert show(0.0, unit) == show(-0.0, unit) == shown


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize(("value", "shown"), [(math.nan, "n/a"), (math.inf, "inf"), (-math.inf, "-inf")])
def test_what_is_no_number_has_no_unit(value: float, shown: str, unit: Unit) -> None:
    assert show(value, unit) == shown


@UNHURRIED
@given(SIZE, UNIT)
@example(0.0009995, Unit.SECOND)
@example(0.9995, Unit.SECOND)
@example(0.9995, Unit.SHARE)
@example(9.995, Unit.TOKEN)
def test_what_is_shown_is_the_value_within_half_a_percent(value: float, unit: Unit) -> None:
    number, symbol = _cut(show(value, unit))
    assert float(number) * SPELLINGS[symbol].factor == pytest.approx(value, rel=0.005)
    assert SPELLINGS[symbol].unit is unit


@UNHURRIED
@given(SIZE, UNIT)
def test_what_is_shown_has_three_digits_and_no_idle_zero(value: float, unit: Unit) -> None:
    number, _ = _cut(show(value, unit))
    assert len(number.replace(".", "").lstrip("0").rstrip("0")) <= 3
    assert re.fullmatch(r"\d+(\.\d*[1-9])?", number)


@UNHURRIED
@given(st.floats(1e-6, 0.9999))
@example(0.0009995)
def test_a_short_time_is_shown_as_between_1_and_1000(seconds: float) -> None:
    assert 1 <= float(_cut(show(seconds, Unit.SECOND))[0]) < 1000


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("value", [1.7976931348623157e308, -1.7976931348623157e308, 5e-324])
def test_every_finite_number_can_be_shown(value: float, unit: Unit) -> None:
    assert show(value, unit)


def test_every_unit_can_be_written() -> None:
    assert all(spellings_of(unit) for unit in Unit)
    assert spellings_of(Unit.SECOND) == ["us", "ms", "s", "min"]


def _cut(shown: str) -> tuple[str, str]:
    found = re.fullmatch(r"([\d.]+) ?(\D+)", shown)
    assert found, shown
    return found[1], found[2]
