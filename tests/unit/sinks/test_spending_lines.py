from __future__ import annotations

import pytest

from pytest_fmbench.sinks.spending import dollars, kept_lines, spent_line
from tests.support.leasing import lease

TOLD = {"budget_usd": 25.0, "spent_usd": 3.5, "left_usd": 21.5, "leases": {"a": 1.0, "b": 2.25}, "paid": {"m": 0.25}}


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({}, "spent: $3.50 of $25.00 (servers $3.25, tokens $0.25)"),
        ({"paid": {}, "spent_usd": 3.25}, "spent: $3.25 of $25.00 (servers $3.25)"),
        ({"paid": {}, "leases": {}, "spent_usd": 0.0}, "spent: $0.00 of $25.00"),
        ({"budget_usd": None}, "spent: $3.50 (servers $3.25, tokens $0.25)"),
    ],
)
def test_what_was_spent_is_a_line(changed: dict[str, object], line: str) -> None:
    assert spent_line(TOLD | changed) == line


def test_what_is_kept_is_told_with_its_end_and_the_way_out() -> None:
    (line,) = kept_lines([lease(expires_s=1_800.0)])
    way_out = "`fmbench reap --kept --yes` ends it now"
    assert line == f"kept: m+fake+rented (fmbench-a) at $36.00 an hour until 00:30 UTC; {way_out}"
    (line,) = kept_lines([lease(expires_s=1_800.0, usd_per_hour=None)])
    assert line == f"kept: m+fake+rented (fmbench-a) until 00:30 UTC; {way_out}"


@pytest.mark.parametrize(
    ("usd", "text"), [(0.0, "$0.00"), (0.00123, "$0.0012"), (0.01, "$0.01"), (1_234.5, "$1,234.50")]
)
def test_dollars(usd: float, text: str) -> None:
    assert dollars(usd) == text
