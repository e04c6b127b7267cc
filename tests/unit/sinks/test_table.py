from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.sinks.table import chance, render, told_apart

FIGURES = {
    "ttft.p50": 0.213,
    "ttft.p95": 0.4,
    "tpot.mean": 0.0125,
    "itl.p95": 0.02,
    "e2e.p95": 1.5,
    "output_token_rate": 81.25,
    "request_rate": 1.25,
    "error_rate": 0.0,
}
UNITS = dict.fromkeys(FIGURES, "s") | {"output_token_rate": "tok/s", "request_rate": "req/s", "error_rate": "1"}


def summary(
    name: str = "test_chat", outcomes: Sequence[str] = ("pass",), changed: Mapping[str, float | None] = FIGURES
) -> dict[str, Any]:
    figures = {key: {"value": value, "unit": UNITS[key]} for key, value in {**FIGURES, **changed}.items()}
    return {"name": name, "requests": 40, "figures": figures, "verdicts": [{"outcome": one} for one in outcomes]}


def cells(line: str) -> list[str]:
    return re.split(r"  +", line)


def right_edges(line: str) -> list[int]:
    return [cell.end() for cell in re.finditer(r"\S+( \S+)*", line)]


def test_a_row_holds_the_main_figures_and_the_verdict() -> None:
    assert render([summary()]) == [
        "case       requests  TTFT p50  TTFT p95  TPOT mean  ITL p95  E2E p95  tokens/s  requests/s  errors   SLA",
        "-" * 104,
        "test_chat        40    213 ms    400 ms    12.5 ms    20 ms    1.5 s      81.2        1.25      0%  pass",
    ]


def test_in_a_narrow_terminal_names_stand_above_their_figures_and_columns_go() -> None:
    name = "test_chat[a-model+a-stack+a-platform-closed:4]"
    assert render([summary(name)], 80) == [
        "    requests  TTFT p95  TPOT mean  E2E p95  tokens/s  requests/s  errors   SLA",
        "-" * 78,
        name,
        "          40    400 ms    12.5 ms    1.5 s      81.2        1.25      0%  pass",
    ]
    assert render([summary()], 104) == render([summary()])


@given(st.integers(1, 200))
def test_a_table_is_as_narrow_as_a_terminal_of_80_columns_at_the_least(width: int) -> None:
    assert max(map(len, render([summary()], width))) <= max(width, 80)


def test_an_sla_that_has_a_name_is_shown_with_it() -> None:
    assert render([summary() | {"sla_names": ["interactive"]}])[2].endswith("  pass (interactive)")


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    slow = dict.fromkeys(FIGURES, 123456.0)
    head, line, *rows = render([summary("short"), summary("a_much_longer_name", ["inconclusive"], slow)])
    assert {len(head), *map(len, rows)} == {len(line)}
    assert right_edges(head)[1:] == right_edges(rows[0])[1:] == right_edges(rows[1])[1:]
    assert [row.index("40") for row in rows] == [len("a_much_longer_name  requests") - 2] * 2


def test_rows_stand_in_the_order_of_measuring() -> None:
    assert [line.split()[0] for line in render([summary("b"), summary("a")])[2:]] == ["b", "a"]


@pytest.mark.parametrize("key", FIGURES)
def test_what_is_missing_is_not_zero(key: str) -> None:
    [row] = render([summary(changed={key: None})])[2:]
    assert [cell == "n/a" for cell in cells(row)[2:-1]] == [name == key for name in FIGURES]


@pytest.mark.parametrize(
    ("outcomes", "shown"),
    [
        ([], "-"),
        (["pass"], "pass"),
        (["pass", "inconclusive"], "inconclusive"),
        (["inconclusive", "fail", "pass"], "fail"),
        (["fail", "invalid", "inconclusive", "pass"], "invalid"),
    ],
)
def test_the_worst_verdict_is_the_cases(outcomes: list[str], shown: str) -> None:
    assert cells(render([summary(outcomes=outcomes)])[2])[-1] == shown


def test_no_line_ends_in_blanks() -> None:
    assert not any(line.endswith(" ") for line in render([summary(), summary("b", ["inconclusive"])]))


def test_without_a_run_there_is_only_the_head() -> None:
    assert [line[:4] for line in render([])] == ["case", "----"]


def judged(confidence: float, *outcomes: str) -> dict[str, Any]:
    return {"confidence": confidence, "verdicts": [{"outcome": one} for one in outcomes]}


@pytest.mark.parametrize(
    ("cases", "told"),
    [
        ([], ""),
        ([[judged(0.95)]], ""),
        (
            [[judged(0.95, "pass", "fail")]],
            "1 case judged at 95%: at most 0.05 false alarms expected",
        ),
        (
            [[judged(0.95, "pass"), judged(0.95)], [judged(0.95)], *[[judged(0.99, "pass")]] * 5],
            "6 cases judged at 95%: at most 0.1 false alarms expected",
        ),
    ],
)
def test_what_chance_may_do_is_told(cases: list[list[dict[str, Any]]], told: str) -> None:
    assert chance(cases) == told


def test_of_several_deployments_every_name_says_whose_run_it_is() -> None:
    runs = [
        {"name": name, "deployment": deployment} for name, deployment in (("9.5", "a"), ("9.5", "b"), ("t[b]", "b"))
    ]
    assert [one["name"] for one in told_apart(runs)] == ["9.5, a", "9.5, b", "t[b]"]
    assert told_apart(runs[1:]) == runs[1:]
