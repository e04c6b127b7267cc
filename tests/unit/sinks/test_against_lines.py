from __future__ import annotations

from typing import Any

from pytest_fmbench.sinks.against import BOUNDS, lines, listed
from pytest_fmbench.sinks.junit import properties
from pytest_fmbench.sinks.markdown import render
from tests.unit.sinks.test_markdown import summary, verdict

WORSE = {
    "name": "ttft.p50",
    "unit": "s",
    "baseline": 0.02,
    "candidate": 0.04,
    "change": "regression",
    "reason": "+100% [+90%, +110%] at 98%: all of it is worse",
}
SAME = WORSE | {
    "name": "error_rate",
    "unit": "1",
    "baseline": 0.0,
    "candidate": None,
    "change": "equivalent",
    "reason": "r",
}


def found(**changed: Any) -> dict[str, Any]:
    empty = {
        "name": "main",
        "lacking": "",
        "differences": [],
        "doubt": "",
        "despite": [],
        "notes": [],
        "statistics": [],
    }
    return {"baseline": empty | changed}


def test_a_run_without_a_baseline_has_no_line() -> None:
    assert lines({}) == listed([{"name": "a"}]) == []


def test_every_statistic_has_a_line_and_then_comes_what_else_there_is_to_say() -> None:
    assert lines(found(statistics=[WORSE, SAME], despite=["stack version: 1 -> 2"], notes=["mind"])) == [
        "REGRESSION  ttft.p50    20 ms -> 40 ms, +100% [+90%, +110%] at 98%: all of it is worse",
        "EQUIVALENT  error_rate  0% -> n/a, r",
        "although it differs: stack version: 1 -> 2",
        "note: mind",
    ]


def test_what_is_not_compared_says_why() -> None:
    assert lines(found(lacking="it lacks this case")) == ["not compared: it lacks this case"]
    assert lines(found(doubt="we were late")) == ["not compared: we were late"]
    assert lines(found(differences=["machine cores: 8 -> 2"])) == ["not compared: machine cores: 8 -> 2"]


def test_how_far_it_goes_is_said_once_where_something_was_compared() -> None:
    one, other = {"name": "a", **found(statistics=[WORSE])}, {"name": "b", **found(lacking="it lacks this case")}
    assert [line for line in listed([one, other, {"name": "c"}]) if "against" in line] == [
        "a against main:",
        "b against main:",
    ]
    assert listed([one, other])[-1] == BOUNDS
    assert BOUNDS not in listed([other])


def test_a_regression_is_no_pass_of_the_session() -> None:
    text = render([summary(**found(statistics=[WORSE])), summary("test_other")], {})
    assert text.startswith("## fmbench: 1 of 2 cases passed, 1 failed\n")
    assert "- `test_chat` against `main`\n  - `REGRESSION ttft.p50 20 ms -> 40 ms, +100%" in text
    assert BOUNDS in text
    assert "Baseline" not in render([summary()], {})


def test_other_conditions_are_an_error_of_the_session() -> None:
    text = render([summary(verdicts=[verdict("fail")], **found(differences=["machine cores: 8 -> 2"]))], {})
    assert text.startswith("## fmbench: 0 of 1 cases passed, 1 with an error\n")
    assert "  - `not compared: machine cores: 8 -> 2`" in text


def test_junit_carries_what_was_compared() -> None:
    plain = {"deployment": "d", "workload": "w", "load": "l", "figures": {}, "verdicts": []}
    told = properties([{"name": "a", **plain, **found(statistics=[WORSE])}])
    assert told[-1] == ("baseline: ttft.p50", f"regression: {WORSE['reason']}")
