from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.sinks.html.base import Told
from pytest_fmbench.sinks.html.elements import html_of, tag
from pytest_fmbench.sinks.html.sections import quality, verdicts

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
    assert "61% [49%, 72%]" in page
    assert "abstained" not in page, "what there was none of is left out"
    assert "test_it &lt;quality&gt;" in page


def test_a_session_without_one_has_no_section() -> None:
    assert quality.section(Told((), {}, Path("nowhere"))) is None


@pytest.mark.parametrize(("outcome", "shown"), [("pass", "passed"), ("fail", "failed"), ("-", "passed")])
def test_a_case_that_only_asks_for_quality_has_its_verdict(outcome: str, shown: str) -> None:
    page = html_of(tag("div", verdicts.section(told(outcome)).body))
    assert "quality.score &gt;= 50%: why it is so" in page
    assert shown in page
