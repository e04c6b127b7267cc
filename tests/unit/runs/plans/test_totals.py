from __future__ import annotations

from typing import Any

import pytest

from pytest_fmbench.runs.plans.totals import AT_MOST, FIRST_ONLY, IN_TURN, STARTS, created_of, total_of

UNKNOWN: dict[str, Any] = {"kind": "unknown", "why": "it asks for its live endpoint first"}


def plan(expected: float | None, usd: float | None = 0.0, *, ours: bool = True) -> dict[str, Any]:
    costs = {"ours": ours, "expected": usd, "at_most": 2 * usd if usd is not None else None}
    return {"kind": "run", "minutes": {"expected": expected, "at_most": 5.0}, "usd": costs}


def test_all_are_added_up() -> None:
    total = total_of([plan(1.5, 0.25), plan(2.0, 1.0)], in_parallel=False)
    assert total["minutes"] == {"expected": 3.5, "expected_of": 2, "at_most": 10.0}
    assert total["usd"] == {"ours": 2, "not_ours": 0, "expected": 1.25, "at_most": 2.5}
    assert (total["cases"], total["planned"]) == (2, 2)
    assert total["notes"] == [FIRST_ONLY, AT_MOST, STARTS]


def test_what_is_not_known_is_not_added_up() -> None:
    total = total_of([plan(1.5), plan(None, None), UNKNOWN], in_parallel=False)
    assert total["minutes"] == {"expected": 1.5, "expected_of": 1, "at_most": 10.0}
    assert (total["cases"], total["planned"]) == (3, 2)
    assert total["usd"] == {"ours": 2, "not_ours": 0, "expected": None, "at_most": None}


def test_what_others_pay_has_no_sum_and_no_start() -> None:
    total = total_of([plan(1.0, None, ours=False)], in_parallel=True)
    assert total["usd"] == {"ours": 0, "not_ours": 1, "expected": 0, "at_most": 0}
    assert total["notes"] == [FIRST_ONLY, AT_MOST, IN_TURN]


def test_what_would_be_made_is_counted_once_for_all_its_cases() -> None:
    plans: list[dict[str, Any]] = [
        {"hourly": {"a": 36.0}, "priced_by": {"a": "a table, 2026-11"}},
        {"hourly": {"a": 36.0, "b": 3.6}},
        {"kind": "unknown"},
    ]
    assert created_of(plans, duration_s=40.0) == [
        {
            "deployment": "a",
            "usd_per_hour": 36.0,
            "priced_by": "a table, 2026-11",
            "cases": 2,
            "usd": pytest.approx(4.4),
        },
        {"deployment": "b", "usd_per_hour": 3.6, "priced_by": "", "cases": 1, "usd": pytest.approx(0.37)},
    ]
