from __future__ import annotations

import pytest

from pytest_fmbench.model.price import Price, TokenPrice
from pytest_fmbench.spend.prices.age import old

TODAY = "2026-11-26T10:00:00.000+00:00"


@pytest.mark.parametrize(
    ("day", "days"),
    [("2026-11-26", None), ("2026-05-30", None), ("2026-05-29", 181), ("2025-04", 604), ("2024", 1_060)],
)
def test_what_is_older_than_half_a_year_is_told(day: str, days: int | None) -> None:
    told = [*old([Price(1.0, "a page", day)], TODAY)]
    expected = (
        [] if days is None else [f"prices of a page, {day}, are {days:,} days old: `fmbench prices --refresh REGION`"]
    )
    assert told == expected


def test_each_source_is_told_of_once_whatever_it_is_the_price_of() -> None:
    tokens = TokenPrice(1e-6, 2e-6, 1e-6, 1e-6, "a list", "2025-01-01")
    told = [*old([Price(1.0, "a page", "2025-04"), tokens, Price(2.0, "a page", "2025-04")], TODAY)]
    assert [one.split(",")[0] for one in told] == ["prices of a page", "prices of a list"]


@pytest.mark.parametrize("day", ["", "last year", "2026-13-01", "26 November 2020"])
def test_what_is_no_date_is_as_old_as_anybody_knows(day: str) -> None:
    assert [*old([Price(1.0, "a page", day)], TODAY)] == []


def test_without_a_day_it_is_today_that_counts() -> None:
    assert [*old([Price(1.0, "a page", "2999-01-01")])] == []
    assert len([*old([Price(1.0, "a page", "1999-01-01")])]) == 1
