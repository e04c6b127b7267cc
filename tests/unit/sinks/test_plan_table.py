from __future__ import annotations

from typing import Any

import pytest

from pytest_fmbench.sinks.plan_table import render_plan

RUN: dict[str, Any] = {
    "kind": "run",
    "load": "closed:2",
    "history": {"session": "2026-01-01", "requests": 600, "measurements": 1, "why": ""},
    "requests": {"expected": 500, "window_holds": 1_000, "limit": None},
    "window_s": {"expected": 5.0, "at_most": 10.0},
    "warmup_s": 1.6666,
    "minutes": {"expected": 0.5, "at_most": 12.34},
    "usd": {"ours": True, "expected": 0.001, "at_most": 1.0},
    "objectives": [
        {
            "objective": "ttft.p95 < 1s",
            "metric": "ttft",
            "at_least": 1_059,
            "at_least_of": "requests",
            "counted": False,
            "expected": 500,
            "why": "pass at the first look",
        },
        {
            "objective": "itl.p99 < 1s",
            "metric": "itl",
            "at_least": 299,
            "at_least_of": "samples",
            "counted": False,
            "expected": None,
            "why": "never measured",
        },
        {
            "objective": "error_rate <= 0%",
            "metric": "error_rate",
            "at_least": None,
            "at_least_of": "samples",
            "counted": True,
            "expected": None,
            "why": "counted",
        },
    ],
}
PAIRS: dict[str, Any] = {
    "kind": "comparison",
    "load": "closed:2",
    "history": {"session": None, "requests": None, "measurements": None, "why": "never measured"},
    "requests": {"expected": None, "block_holds": None},
    "pairs": 12,
    "block_s": 3.3333,
    "warmup_s": 0.5,
    "minutes": {"expected": None, "at_most": 2.0},
    "usd": {"ours": False, "expected": None, "at_most": None},
    "power": 0.9,
    "detectable": [],
}
UNKNOWN = {"kind": "unknown", "why": "it asks for its live endpoint first"}
TOTAL: dict[str, Any] = {
    "cases": 3,
    "planned": 2,
    "minutes": {"expected": 0.5, "expected_of": 1, "at_most": 14.34},
    "usd": {"ours": 1, "not_ours": 1, "expected": 0.001, "at_most": 1.0},
    "notes": ["a note"],
}


def lines(**plans: Any) -> list[str]:
    return render_plan(plans, TOTAL)


def cells(line: str) -> list[str]:
    return [cell for cell in line.split("  ") if cell]


def test_a_case_and_its_objectives_are_rows() -> None:
    table = lines(test_it=RUN)
    titles = ["case, and what it promises", "requests at least", "expected", "window holds"]
    assert [cell.strip() for cell in cells(table[0])] == [*titles, "minutes", "at most", "dollars"]
    assert [cell.strip() for cell in cells(table[2])] == [
        "test_it",
        "500",
        "1,000",
        "0.50",
        "12.3",
        "$0.01",
        "closed:2, 1.67 s before a window of 10 s at most; as in 2026-01-01",
    ]
    rows = [[cell.strip() for cell in cells(line)] for line in table[3:6]]
    assert rows == [
        ["ttft.p95 < 1s", "1,059", "500", "pass at the first look"],
        ["itl.p99 < 1s", "299 samples", "not known", "never measured"],
        ["error_rate <= 0%", "counted", "-", "counted"],
    ]


def test_what_the_case_says_its_objectives_do_not_repeat() -> None:
    never = RUN | {"history": PAIRS["history"]}
    table = lines(test_it=never)
    assert table[2].endswith("at most; never measured")
    assert table[4].endswith("not known")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"requests": RUN["requests"] | {"limit": 2_000}}, "before a window of 2,000 requests or 10 s at most; as in"),
        ({"history": RUN["history"] | {"measurements": 3}}, "as in 2026-01-01, then with 3 measurements"),
        ({"minutes": {"expected": 0.0099, "at_most": 1.0}}, "  <0.01  "),
        ({"minutes": {"expected": 0.0, "at_most": 1.0}}, "  0.00  "),
        ({"usd": {"ours": True, "expected": 0.0}}, "  $0  "),
        ({"usd": {"ours": True, "expected": 1_234.5}}, "  $1,234.50  "),
        ({"usd": {"ours": True, "expected": None}}, "  not known  "),
        ({"usd": {"ours": False, "expected": None}}, "  not ours  "),
    ],
)
def test_a_case_says_what_it_is(changed: dict[str, Any], told: str) -> None:
    assert told in lines(test_it=RUN | changed)[2]


def test_a_case_of_which_nothing_is_known_says_why() -> None:
    assert lines(test_it=UNKNOWN)[2].endswith("not known: it asks for its live endpoint first")


def test_a_comparison_says_what_it_can_find() -> None:
    smallest = [{"times": 1.0, "block_s": 3.3333, "ratio": 1.1234}, {"times": 2.0, "block_s": 6.6666, "ratio": 1.05}]
    known = PAIRS | {"detectable": [{"statistic": "ttft.p95", "spread": 0.1, "smallest": smallest}]}
    table = lines(test_a=PAIRS, test_b=known)
    assert table[2].endswith("closed:2, 12 pairs of blocks of 3.33 s, 0.5 s before each; never measured")
    assert table[5:-2] == [
        "test_a: smallest effect that is found in 90% of comparisons",
        "  not known: never measured",
        "",
        "test_b: smallest effect that is found in 90% of comparisons",
        "  ttft.p95   +12.3% with blocks of 3.33 s, +5% with blocks of 6.67 s",
        "",
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {},
            "cases: 3; minutes: 0.50 expected of 1 of 3, 14.3 at most of 2 of 3; dollars: $0.01, and 1 not ours",
        ),
        (
            {"minutes": {"expected": 0, "expected_of": 0, "at_most": 2.0}, "planned": 3},
            "cases: 3; minutes: expected not known, 2.00 at most; dollars: $0.01, and 1 not ours",
        ),
        (
            {
                "minutes": {"expected": 1.0, "expected_of": 3, "at_most": 2.0},
                "planned": 3,
                "usd": {"ours": 0, "not_ours": 3, "expected": 0, "at_most": 0},
            },
            "cases: 3; minutes: 1.00 expected, 2.00 at most; dollars: not ours",
        ),
        (
            {"usd": {"ours": 2, "not_ours": 0, "expected": 0.0, "at_most": 0.0}},
            "cases: 3; minutes: 0.50 expected of 1 of 3, 14.3 at most of 2 of 3; dollars: $0",
        ),
    ],
)
def test_the_total_says_how_much_of_it_is_known(changed: dict[str, Any], told: str) -> None:
    assert render_plan({"test_it": RUN}, TOTAL | changed)[-2:] == [told, "a note"]


def test_how_deployments_fit_is_told_once_each() -> None:
    one, other = {"fit": {"a": "fits", "b": "not checked: why"}}, {"fit": {"a": "fits"}}
    told = lines(test_it=RUN | one, test_that=RUN | other, test_more=PAIRS | {"fit": {}}, test_unknown=UNKNOWN)
    assert told[-5:-2] == ["memory of a: fits", "memory of b: not checked: why", ""]
    assert not [line for line in lines(test_it=RUN) if line.startswith("memory of")]


def test_what_would_be_made_is_told_with_the_budget_that_allows_it() -> None:
    common = {"usd_per_hour": 3.6, "cases": 2, "usd": 0.436}
    created = [common | {"deployment": name, "priced_by": by} for name, by in (("a", "a table, 2026-11"), ("b", ""))]
    told = render_plan({"test_it": RUN}, TOTAL | {"created": created})
    assert told[-4:] == [
        "would be made: a at $3.60 an hour (a table, 2026-11), about $0.44 for its start and 2 cases",
        "would be made: b at $3.60 an hour, about $0.44 for its start and 2 cases",
        "--fmbench-budget 0.88 allows all of it at once",
        "a note",
    ]
