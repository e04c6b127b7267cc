from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from pytest_fmbench.model.price import Tariff, TokenPrice
from pytest_fmbench.sinks.tariffs import lines


def run(deployment: str, tariff: Tariff | None) -> dict[str, Any]:
    return {"name": "a run", "deployment": deployment} | ({} if tariff is None else {"tariff": asdict(tariff)})


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_fmbench.spend.prices.age.wall_iso", lambda: "2026-11-27T00:00:00Z")


def test_whoever_says_what_dollars_are_counted_by_is_named_once_with_his_date() -> None:
    paid = Tariff(2.24208, None, "AWS Price List", "2026-09-27")
    assert [*lines([run("a", paid), run("a", paid), run("b", None)])] == [
        "dollars of a: 2.242 USD an hour, by AWS Price List, 2026-09-27"
    ]


def test_tokens_have_prices_of_their_own() -> None:
    tokens = TokenPrice(0.3e-6, 0.6e-6, 0.03e-6, 0.3e-6, "genai-prices 0.1.13")
    assert [*lines([run("a", Tariff(1.0, tokens, "--fmbench-price"))])] == [
        "dollars of a: 1 USD an hour, by --fmbench-price; 0.3 and 0.6 USD a million input and output tokens, by "
        "genai-prices 0.1.13"
    ]


def test_what_is_old_is_warned_of() -> None:
    told = [*lines([run(name, Tariff(1.0, None, "FMBench's table", "2025-04")) for name in ("a", "b")])]
    assert told[2:] == ["prices of FMBench's table, 2025-04, are 605 days old: `fmbench prices --refresh REGION`"]


def test_a_session_of_an_older_version_noted_no_source() -> None:
    kept = {"deployment": "a", "tariff": {"usd_per_hour": 2.0, "tokens": None}}
    assert [*lines([kept])] == ["dollars of a: 2 USD an hour, by a session that did not note whose"]
