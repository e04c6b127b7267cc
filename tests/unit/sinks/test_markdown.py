from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_fmbench.sinks import table
from pytest_fmbench.sinks.markdown import render
from pytest_fmbench.sinks.markdown.elements import code

UNITS = {
    "ttft.p50": "s",
    "ttft.p95": "s",
    "tpot.mean": "s",
    "itl.p95": "s",
    "e2e.p95": "s",
    "output_token_rate": "tok/s",
    "request_rate": "req/s",
    "error_rate": "1",
}
SESSION = {
    "begun": "2026-11-24T06:52:05.123+00:00",
    "machine": {"system": "Linux", "cores": 2},
    "versions": {"python": "3.12.1", "pytest-fmbench": "0.1.0"},
    "options": {"fmbench_url": "http://somewhere"},
}
SPAN = r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)"
"""A code span: from a run of backticks to the next that is as long."""
HOSTILE = "a|b `c` ``d`` <e>\nf\\|g *h* _i_ [j](k) </details>"


def verdict(outcome: str = "pass", objective: str = "ttft.p50 < 1s", reason: str = "213 ms: why") -> dict[str, str]:
    return {"outcome": outcome, "objective": objective, "reason": reason}


def figure(value: float | None = 0.2, low: float | None = 0.1, high: float | None = 0.3) -> dict[str, float | None]:
    return {"value": value, "low": low, "high": high}


def summary(
    name: str = "test_chat",
    verdicts: Sequence[Mapping[str, str]] = (verdict(),),
    figures: Mapping[str, Mapping[str, float | None]] | None = None,
    **changed: Any,
) -> dict[str, Any]:
    shown = {key: {**figure(), **(figures or {}).get(key, {}), "unit": unit} for key, unit in UNITS.items()}
    return {"name": name, "case": name, "requests": 40, "figures": shown, "verdicts": list(verdicts), **changed}


def rows(text: str) -> list[list[str]]:
    """The cells of each row, cut as GitHub cuts them: at pipes that no backslash escapes."""
    cell = r"((?:\\[!-/:-@\[-`{-~]|[^|])*)\|"
    return [[found.strip() for found in re.findall(cell, line[1:])] for line in text.splitlines() if line[:1] == "|"]


def sections(text: str) -> dict[str, list[str]]:
    parts = re.split(r"^### (.*)\n\n", text.partition("<details>")[0], flags=re.MULTILINE)
    return {title: body.strip().splitlines() for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def test_a_session_that_passed_is_a_headline_and_a_table() -> None:
    assert render([summary()], {}).splitlines() == [
        "## fmbench: 1 of 1 cases passed",
        "",
        "| case | requests | TTFT p50 | TTFT p95 | TPOT mean | ITL p95 | E2E p95 "
        "| tokens/s | requests/s | errors | SLA |",
        "| :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | :--- |",
        "| `test_chat` | 40 "
        + "| 200 ms [100, 300] " * 5
        + "| 0.2 | 0.2 | 20% | pass |",
    ]  # fmt: skip


def test_an_sla_that_has_a_name_is_shown_with_it() -> None:
    assert rows(render([summary(sla_names=["a|b", "c"])], {}))[2][-1] == r"pass `a\|b` `c`"


def test_its_columns_are_those_of_the_terminal() -> None:
    terminal = re.split(r"  +", table.render([])[0])
    assert rows(render([summary()], {}))[0] == terminal


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (figure(0.213, 0.198, 0.24), "213 ms [198, 240]"),
        (figure(1.5, 0.9, 2.0), "1.5 s [900 ms, 2]"),
        (figure(0.213, 0.198, None), "213 ms [198, inf]"),
        (figure(0.213, None, None), "213 ms [-inf, inf]"),
        (figure(None, None, None), "n/a"),
    ],
)
def test_an_interval_is_short_and_in_the_unit_of_its_value(value: Mapping[str, float | None], shown: str) -> None:
    assert rows(render([summary(figures={"ttft.p95": value})], {}))[2][3] == shown


@pytest.mark.parametrize(
    ("outcomes", "shown", "counted"),
    [
        (["pass", "pass"], "pass", "1 of 1 cases passed"),
        (["pass", "inconclusive"], "**inconclusive**", "0 of 1 cases passed, 1 inconclusive"),
        (["inconclusive", "fail"], "**fail**", "0 of 1 cases passed, 1 failed"),
        ([], "-", "0 of 1 cases passed, 1 without an SLA"),
    ],
)
def test_the_worst_verdict_is_the_cases(outcomes: list[str], shown: str, counted: str) -> None:
    text = render([summary(verdicts=[verdict(outcome) for outcome in outcomes])], {})
    assert rows(text)[2][-1] == shown
    assert text.splitlines()[0] == f"## fmbench: {counted}"


def test_a_case_of_several_runs_counts_once_and_as_its_worst() -> None:
    runs = [summary("one"), summary("one #2", [verdict("fail")], case="one"), summary("two")]
    assert render(runs, {}).startswith("## fmbench: 1 of 2 cases passed, 1 failed\n")


def test_a_case_that_failed_by_anything_else_has_not_passed() -> None:
    text = render([summary("one"), summary("two")], {}, [("one", "assert 4 > 5\n  more"), ("three", "no server")])
    assert text.startswith("## fmbench: 1 of 3 cases passed, 2 with an error\n")
    assert sections(text) == {"Errors": ["- `one`: `assert 4 > 5`", "- `three`: `no server`"]}


def test_a_long_message_is_cut() -> None:
    [line] = sections(render([], {}, [("one", "x" * 10_000)]))["Errors"]
    assert len(line) < 400


def test_what_was_missed_or_not_decided_is_listed_with_its_figures() -> None:
    kept, missed = verdict(), verdict("fail", "ttft.p90 < 1s", "2 s [1.5 s, 3 s], n=40: all of it misses < 1 s")
    open_ = verdict("inconclusive", "e2e.p99 < 1s", "straddles 1 s; about 80 more requests would decide")
    text = render([summary("good"), summary("bad", [kept, missed, open_])], {})
    assert sections(text) == {
        "Missed or not decided": [
            "- `bad`",
            "  - **fail** `ttft.p90 < 1s`: `2 s [1.5 s, 3 s], n=40: all of it misses < 1 s`",
            "  - **inconclusive** `e2e.p99 < 1s`: `straddles 1 s; about 80 more requests would decide`",
        ]
    }


@pytest.mark.parametrize("verdicts", [[], [verdict("invalid")]])
def test_an_invalid_run_says_why_and_nothing_else(verdicts: list[dict[str, str]]) -> None:
    text = render([summary(verdicts=verdicts, invalid=["our own error is 2 ms"])], {})
    assert text.startswith("## fmbench: 0 of 1 cases passed, 1 invalid\n")
    assert rows(text)[2][-1] == "**invalid**"
    assert sections(text) == {
        "Missed or not decided": ["- `test_chat`", "  - **invalid** `our own error is 2 ms`"],
    }


def test_warnings_are_listed() -> None:
    assert sections(render([summary(warnings=["waited for a core"])], {})) == {"Warnings": ["- `waited for a core`"]}


def test_replays_say_how_true_they_were() -> None:
    told = {"requests": 5, "sent": 4, "late_p99_s": None, "variance_ratio": None}
    found = sections(render([summary(fidelity=told)], {}))
    assert found == {"Replays": ["- `test_chat: replayed 4 of 5 requests`"]}


def test_machine_and_versions_are_folded_away_and_options_are_not_shown() -> None:
    text = render([summary()], SESSION)
    assert text.partition("\n<details>\n")[2].splitlines() == [
        "<summary>Machine and versions</summary>",
        "",
        "Begun `2026-11-24T06:52:05.123+00:00`, on:",
        "",
        "- `system Linux`",
        "- `cores 2`",
        "- `python 3.12.1`",
        "- `pytest-fmbench 0.1.0`",
        "",
        "</details>",
    ]


def test_without_anything_there_is_a_headline() -> None:
    assert render([], {}) == "## fmbench: 0 of 0 cases passed\n"


@given(st.text(st.sampled_from("|`\\<>\n *_[]ab"), min_size=1))
@example(HOSTILE)
@example("\\")
@example("`\\|")
def test_no_name_breaks_the_table(name: str) -> None:
    lines = render([summary(name), summary("next")], SESSION, [(name, name)]).splitlines()
    head, _, row, following = rows("\n".join(lines))
    assert len(head) == len(row) == len(following) == 11
    assert [cell for cell in row[1:-1] if "|" in cell] == []
    assert lines.count("</details>") == 1


@given(st.text(st.sampled_from("`ab ")))
@example("`")
@example("a``b`")
def test_a_code_span_holds_its_text_and_ends_where_it_should(text: str) -> None:
    [(_, inner)] = re.findall(SPAN, f"before {code(text)} after")
    assert inner.strip() == (" ".join(text.split()) or "-")


def test_what_comes_from_outside_stands_in_code() -> None:
    hostile = summary(HOSTILE, [verdict("fail", HOSTILE, HOSTILE)], warnings=[HOSTILE], invalid=[])
    made_with = {"begun": HOSTILE, "machine": {HOSTILE: HOSTILE}}
    outside = re.sub(SPAN, "", render([hostile], made_with, [(HOSTILE, HOSTILE)]))
    for part in ("a", "`c`", "<e>", "g", "*h*", "[j](k)"):
        assert part not in outside.replace("</details>", "").split()
