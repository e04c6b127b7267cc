"""What was measured in turns, in lines for people."""

from __future__ import annotations

from typing import Any

from pytest_fmbench.sinks.in_turns import lines
from pytest_fmbench.sinks.markdown import render

JUDGED: dict[str, Any] = {
    "name": "ttft.p95",
    "unit": "s",
    "baseline": 0.02,
    "candidate": None,
    "change": "regression",
    "reason": "+95%: all of it is worse",
}
FOUND: dict[str, Any] = {"name": "it", "baseline": "a", "candidate": "b", "pairs": 4, "judged": [JUDGED]}


def test_each_statistic_has_a_line_below_who_was_compared() -> None:
    assert [*lines([FOUND])] == [
        "it: b against a, 4 pairs of blocks",
        "REGRESSION  ttft.p95  20 ms -> n/a, +95%: all of it is worse",
    ]


def test_one_that_an_older_version_wrote_has_none() -> None:
    assert [*lines([{name: value for name, value in FOUND.items() if name != "judged"}])] == [
        "it: b against a, 4 pairs of blocks"
    ]


def test_markdown_has_them_too() -> None:
    part = render([], {}, comparisons=[FOUND]).partition("### Compared in turns\n\n")[2]
    assert part.splitlines() == [
        "`it: b against a, 4 pairs of blocks`",
        "",
        "- `REGRESSION ttft.p95 20 ms -> n/a, +95%: all of it is worse`",
        "",
    ]
