"""Speed, cost and quality of deployments in one table of the page."""

from __future__ import annotations

from pathlib import Path

from pytest_fmbench.sinks.html.base import Told
from pytest_fmbench.sinks.html.elements import html_of, tag
from pytest_fmbench.sinks.html.sections import joint
from tests.support.pages import Page
from tests.unit.sinks.test_joint import RUNS, asked
from tests.unit.sinks.test_side_by_side import LLAMA, VLLM

WORSE = asked(LLAMA, 0.3, (-0.2, -0.1, -0.05), length=(-0.4, -0.3, -0.2))


def page(*qualities: dict[str, object]) -> Page:
    made = joint.section(Told(RUNS, {}, Path("nowhere"), qualities=qualities))
    assert made is not None
    return Page(html_of(tag("section", made.body, id="joint")))


def test_a_row_has_speed_cost_score_difference_and_outcome() -> None:
    text = page(asked(VLLM, 0.4), WORSE).text("joint")
    assert "basics, 72 items; speeds of test_chat[closed:4]" in text
    assert f"{VLLM} 95 tok/s ~1.05x 85 to 105 tok/s 600 ms 3x 500 to 700 ms \u2013 40% 30% to 50% \u2013 \u25cb" in text
    score = "30% 20% to 40% -10 pp worse -20 to -5 pp"
    assert f"{LLAMA} 100 tok/s best 90 to 110 tok/s 200 ms best 100 to 300 ms $1.00 {score} \u25cb no SLA" in text


def test_who_says_less_than_its_baseline_is_named_below_it() -> None:
    assert f"{LLAMA} says less than its baseline" in page(asked(VLLM, 0.4), WORSE).text("joint")


def test_it_sorts_by_numbers_and_what_is_not_known_comes_last() -> None:
    sorts = [one["data-sort"] for one in page(asked(VLLM, 0.4), WORSE).with_attribute("data-sort")]
    assert sorts == ["95.0", "0.6", "", "0.4", "", "100.0", "0.2", "1.0", "0.3", "-0.1"]


def test_one_deployment_alone_has_no_section() -> None:
    assert joint.section(Told(RUNS, {}, Path("nowhere"), qualities=[WORSE])) is None
