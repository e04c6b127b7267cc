"""The recommendation, as the first that a page shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.errors import StoreError
from pytest_fmbench.sinks.html.base import Told, recommendation_in
from pytest_fmbench.sinks.html.page import render
from tests.support.pages import Page
from tests.support.recommended import fleet, recommendation


def page(**changed: Any) -> Page:
    return Page(render(Told([], {}, Path("nowhere"), recommendation=recommendation(**changed))))


def test_it_comes_before_all_else_and_says_what_how_many_and_at_what_cost() -> None:
    made = page()
    assert made.sections()[0] == "recommendation"
    text = made.text("recommendation")
    assert "a peak of 12 req/s with 20% to spare and 1 replica that may be lost under ttft.p95 < 500ms; error" in text
    for told in (
        "4 replicas 3 to 5 by the ends of the interval",
        "$4.80 an hour $3,504.00 a month",
        "0.42 USD for 1M output tokens 0.38 to 0.45 USD",
        "0.05 USD for 1,000 requests 0.045 USD or more",
        "70% used at the peak 64% to 75%",
        "17.6 req/s breaks it ttft.p95 < 500ms",
        "Price: 1.2 USD/h, by a table of 2026-11-01.",
        "With a replica less, 12 req/s are held, which holds the peak.",
        "hours are cheaper than tokens",
        "the price is 400 days old",
    ):
        assert told in text


def test_runners_up_and_those_that_would_not_do_are_told_with_why() -> None:
    text = page().text("recommendation")
    assert "smollm2-135m-bf16+vllm_cpu+local 3 $4.90" in text
    assert "40% a tie: 3 replicas, 2% more" in text
    assert "6 USD/h dearer (+125%)" in text
    assert "m+tgi+local nobody knows what it costs --price m+tgi+local=USD" in text


def test_where_none_would_do_it_says_so_and_why() -> None:
    text = page(answer="No deployment would do: m: too slow", recommended=None, runners_up=[]).text("recommendation")
    assert "No deployment would do: m: too slow" in text
    assert "what would help" in text
    assert "replicas 3 to" not in text


def test_rates_of_agents_are_of_tasks_and_a_tie_is_no_certainty() -> None:
    assert "Likely the cheapest fleet that serves a peak of 12 req/s" in page(ties=["m"]).text("recommendation")
    of_tasks = page(unit="tasks/s", ties=[]).text("recommendation")
    assert "The cheapest fleet that serves a peak of 12 tasks/s" in of_tasks
    assert "12 tasks/s are held" in of_tasks


def test_who_is_paid_by_the_token_has_no_replicas_to_lose() -> None:
    tokens = fleet("m+bedrock", 1, 2.5, needed=None, with_fewer=None, price=None, latency=None)
    text = page(recommended=tokens, runners_up=[]).text("recommendation")
    assert "$2.50 an hour" in text
    assert "less," not in text


def test_a_session_that_nobody_asked_has_none(tmp_path: Path) -> None:
    assert recommendation_in(tmp_path) is None
    assert "recommendation" not in Page(render(Told([], {}, tmp_path))).sections()


@pytest.mark.parametrize(
    ("content", "problem"),
    [("{", "cannot read"), ("[]", "no JSON object"), ('{"answer": ""}', "lacks demand, recommended, runners_up, ref")],
)
def test_one_that_is_not_ours_is_refused(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "recommendation.json").write_text(content)
    with pytest.raises(StoreError, match=problem):
        recommendation_in(tmp_path)


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "recommendation.json").write_text(json.dumps(recommendation()))
    assert recommendation_in(tmp_path) == recommendation()
