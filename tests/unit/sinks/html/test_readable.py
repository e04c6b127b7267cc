"""What makes a page of many runs readable: nothing empty, nothing ambiguous, the answer first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.sinks.html.base import Section, Told
from pytest_fmbench.sinks.html.elements import code, html_of, tag
from pytest_fmbench.sinks.html.sections import capacity, figures, tradeoff, verdicts, warnings
from pytest_fmbench.sinks.html.words import table
from tests.support.pages import Page
from tests.unit.sinks.test_side_by_side import LLAMA, VLLM, run

RATES = {"10": 10.0, "20": 9.0, "5": 5.0}


def at(rate: str, deployment: str = LLAMA) -> dict[str, Any]:
    """A run of a name that does not say whose it is; what it got through falls beyond 10 req/s."""
    made = run(deployment, rate, f"poisson:{rate}", output_token_rate=(1, RATES[rate], 99), error_rate=(0, 0.0, 1))
    made["figures"]["ttft.p50"] |= {"value": float(rate), "low": None, "high": None}
    return {**made, "invalid": [], "workload": "chat()", "confidence": 0.95}


def told(*runs: dict[str, Any], **more: Any) -> Told:
    return Told(runs, {}, Path("nowhere"), **more)


def shown(made: Section | None) -> Page:
    assert made is not None
    return Page(html_of(tag("section", made.body, id="it")))


def test_a_column_that_no_run_fills_is_left_out_and_rates_stand_without_their_unit() -> None:
    text = shown(figures.section(told(at("5"), at("10")))).text("it")
    assert "run outcome load requests TTFT p50 tokens/s errors" in text
    assert f"5, {LLAMA} \u25cb no SLA poisson:5 40 5 s not bounded 5 1 to 99 0% 0% to 100%" in text


def test_runs_without_an_sla_are_folded_away_after_what_needs_somebody() -> None:
    missed = {"objective": "ttft.p50 < 1s", "limit": 1.0, "outcome": "fail", "reason": "late", "n": 9}
    bad = {**at("20"), "name": "bad", "verdicts": [{**missed, **at("20")["figures"]["ttft.p50"]}]}
    text = shown(verdicts.section(told(*[at("5", VLLM)] * 4, bad))).text("it")
    assert text.index(f"failed bad, {LLAMA}") < text.index("4 runs without an SLA") < text.index(f"5, {VLLM}")


def test_a_line_goes_from_the_least_that_was_asked_to_the_most() -> None:
    made = tradeoff.section(told(at("10"), at("20"), at("5")))
    assert made is not None
    assert [one["asked"] for one in made.data["tradeoff-data"]["runs"]] == [10.0, 20.0, 5.0]
    made = tradeoff.section(told(*({**at("10"), "load": load} for load in ("ramp:1:9", "replay:spread"))))
    assert made is not None
    assert [one["asked"] for one in made.data["tradeoff-data"]["runs"]] == [0.0, 1.0], "when they were measured"


def test_a_warning_names_the_run_as_the_page_does() -> None:
    runs = [{**at("5"), "warnings": ["5: unstable", "waited for a core"]}]
    text = shown(warnings.section(told(*runs))).text("it")
    assert text == f"5, {LLAMA}: unstable waited for a core"


def search(name: str, low: float, value: float | None, high: float | None, held: float | None) -> dict[str, Any]:
    rate = {"low": low, "value": value, "high": high, "unit": "req/s", "confidence": 0.95}
    beside = {"probes": [], "curves": {}, "held": {"rate": held, "confidence": 0.99}, "why": "set by ttft.p95 < 1s"}
    return {"name": "a search", "case": name, "deployment": name, "rate": rate, **beside}


def test_several_capacities_stand_on_one_scale_the_most_first() -> None:
    searches = [search("m+a+local", 1.0, 2.0, 3.0, 1.5), search("m+b+local", 4.0, 5.0, None, None)]
    page = shown(capacity.section(told(capacities=searches)))
    text = page.text("it")
    assert text.index("a search, m+b+local 5 req/s 4 req/s or more") < text.index("a search, m+a+local 2 req/s 1 to 3")
    assert "1.5 req/s at 99%" in text
    assert len([*page.with_attribute("cx")]) == 2
    assert "surely held" not in shown(capacity.section(told(capacities=searches[:1]))).text("it")


@pytest.mark.parametrize("name", ["t[m-q4_1+llamacpp,threads=1+local-closed:4]", "a::b", "", "plain"])
def test_an_id_breaks_where_its_parts_end_and_reads_the_same(name: str) -> None:
    page = Page(html_of(tag("section", table(["name"], [[code(name)]], "names"), id="it")))
    assert page.text("it") == " ".join(filter(None, ["names name", name]))
