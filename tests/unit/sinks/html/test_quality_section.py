from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.sinks.html.base import Told
from pytest_fmbench.sinks.html.elements import html_of, tag
from pytest_fmbench.sinks.html.sections import quality, verdicts, worth

SHARE = {"unit": "1", "value": 0.61, "low": 0.49, "high": 0.72}
NONE = {"unit": "1", "value": 0.0, "low": 0.0, "high": 0.05}


def measured(outcome: str) -> dict[str, Any]:
    return {
        "case": "a::test_it",
        "name": "test_it <quality>",
        "deployment": "m+s+local",
        "task": "basics",
        "items": 72,
        "failed": 0,
        "errors": {},
        "outcome": outcome,
        "figures": {
            "score": SHARE,
            "numeric": SHARE,
            "wrong": NONE,
            "abstained": NONE,
            "unparsable": NONE,
            "failed": NONE,
        },
        "verdicts": [{"objective": "quality.score >= 50%", "outcome": outcome, "reason": "why it is so"}],
    }


def told(*outcomes: str) -> Told:
    return Told((), {}, Path("nowhere"), qualities=[measured(one) for one in outcomes])


def test_each_figure_that_tells_something_has_a_row() -> None:
    made = quality.section(told("pass"))
    assert made is not None
    page = html_of(tag("div", made.body))
    assert "numeric" in page
    assert page.count("61%<small>49% to 72%</small>") == 2
    assert "abstained" not in page, "what there was none of is left out"
    assert "test_it &lt;quality&gt;" in page


def test_a_session_without_one_has_no_section() -> None:
    assert quality.section(Told((), {}, Path("nowhere"))) is None


@pytest.mark.parametrize(("outcome", "shown"), [("pass", "passed"), ("fail", "failed"), ("-", "passed")])
def test_a_case_that_only_asks_for_quality_has_its_verdict(outcome: str, shown: str) -> None:
    page = html_of(tag("div", verdicts.section(told(outcome)).body))
    assert "quality.score &gt;= 50%: why it is so" in page
    assert shown in page


def paid(deployment: str, usd: float, **changed: Any) -> dict[str, Any]:
    """A run of 10 s at 100 tokens a second."""
    rate, errors = ({"value": value, "low": None, "high": None, "unit": "1", "n": 9} for value in (100.0, 0.0))
    figures = {"output_token_rate": rate, "error_rate": errors}
    return {"deployment": deployment, "usd": usd, "window_s": 10.0, "invalid": [], "figures": figures} | changed


def test_quality_stands_against_what_the_cheapest_run_of_its_deployment_cost() -> None:
    runs = [paid("m+s+local", 0.002), paid("m+s+local", 0.005), paid("m+s+local", 0.001, invalid=["late"])]
    made = worth.section(Told(runs, {}, Path("nowhere"), qualities=[measured("pass")]))
    assert made is not None
    (point,) = made.data["worth-data"]["points"]
    assert point["usd"] == pytest.approx([2.0, 5.0]), "the invalid run counts for nothing"
    assert point["figures"] == {"basics: score": [0.61, 0.49, 0.72], "basics: numeric": [0.61, 0.49, 0.72]}
    assert made.data["worth-data"]["fronts"]["basics: score"] == [0]


def test_on_its_line_is_who_is_neither_cheaper_nor_better_beaten() -> None:
    scores = {"a": (0.5, 0.001), "b": (0.7, 0.002), "c": (0.6, 0.003)}
    qualities = [
        {**measured("pass"), "deployment": name, "figures": {"score": {**SHARE, "value": score}}}
        for name, (score, _) in scores.items()
    ]
    runs = [paid(name, usd) for name, (_, usd) in scores.items()]
    made = worth.section(Told(runs, {}, Path("nowhere"), qualities=qualities))
    assert made is not None
    assert made.data["worth-data"]["fronts"] == {"basics: score": [0, 1]}


def test_where_nobody_paid_quality_has_no_cost() -> None:
    free = Told([paid("m+s+local", 0.0)], {}, Path("nowhere"), qualities=[measured("pass")])
    assert worth.section(free) is None
