from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import example, given
from hypothesis import strategies as st

from pytest_fmbench.sinks.junit import properties, properties_of_case

SUBJECT = [("deployment", "m+s+local"), ("workload", "Chat(8)"), ("load", "closed:1")]


def summary(name: str = "case", **parts: Any) -> dict[str, Any]:
    return {"name": name, **dict(SUBJECT), "figures": {}, "verdicts": []} | parts


def test_a_case_says_what_it_is_of() -> None:
    assert properties([summary()]) == SUBJECT


def test_a_figure_is_its_value_its_interval_and_its_sample_size() -> None:
    figure = {"value": 0.1 + 0.2, "low": 1e-09, "high": 2, "n": 40, "unit": "s"}
    assert properties([summary(figures={"ttft.p95": figure})])[3:] == [
        ("ttft.p95", "0.30000000000000004"),
        ("ttft.p95.low", "1e-09"),
        ("ttft.p95.high", "2"),
        ("ttft.p95.n", "40"),
    ]


def test_what_has_no_value_or_no_bound_is_empty() -> None:
    figure = {"value": None, "low": None, "high": None, "n": 0, "unit": "s"}
    assert [text for _, text in properties([summary(figures={"ttft.p95": figure})])[3:]] == ["", "", "", "0"]


def test_a_verdict_is_its_outcome_and_reason() -> None:
    verdict = {"objective": "ttft.p95 < 500ms", "outcome": "fail", "reason": "too slow"}
    assert properties([summary(verdicts=[verdict])])[3:] == [("sla: ttft.p95 < 500ms", "fail: too slow")]


def test_of_several_runs_each_name_says_which() -> None:
    verdict = {"objective": "o", "outcome": "pass", "reason": "r"}
    figure = {"value": 1.5, "low": 1.0, "high": 2.0, "n": 9, "unit": "s"}
    found = properties([summary("one", figures={"f": figure}), summary("two", verdicts=[verdict])])
    subjects = [[(f"{name}.{key}", text) for key, text in SUBJECT] for name in ("one", "two")]
    figures = [("one.f", "1.5"), ("one.f.low", "1.0"), ("one.f.high", "2.0"), ("one.f.n", "9")]
    assert found == [*subjects[0], *figures, *subjects[1], ("two.sla: o", "pass: r")]


def test_everything_is_text() -> None:
    verdict = {"objective": "o", "outcome": "pass", "reason": "r"}
    figure = {"value": 1.5, "low": None, "high": 2, "n": 9, "unit": "s"}
    found = properties(iter([summary(figures={"f": figure}, verdicts=[verdict], load=4, workload=None)] * 2))
    assert {type(part) for pair in found for part in pair} == {str}


def test_without_a_run_there_is_nothing_to_tell() -> None:
    assert properties([]) == []


@given(st.text())
@example("\x00\x1b[31m\ud800\ufffe")
def test_whatever_a_run_is_called_is_xml(name: str) -> None:
    [first, *_] = properties_of_case([summary(name), summary("other")], [], [])
    written = ET.tostring(ET.Element("property", name=first[0], value=first[1]), "unicode")
    assert ET.fromstring(written).get("value") == "m+s+local"  # noqa: S314  # written in the line above


def test_what_xml_cannot_hold_is_shown_by_its_code() -> None:
    [first, *_] = properties_of_case([summary("a\x1bb"), summary("c")], [], [])
    assert first == ("a#x1Bb.deployment", "m+s+local")
