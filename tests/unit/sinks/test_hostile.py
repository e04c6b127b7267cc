"""Text from outside in every sink: no name, message or reply commands a terminal, breaks a file, or fills it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.model.readable import LONGEST_LINE, cut, plain, terminal
from pytest_fmbench.runs.verdicts.judge import judge_run
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.sinks import allure_files, markdown, quality, sheet, side_by_side, table
from pytest_fmbench.sinks.capacity_plot import capacity_plot
from pytest_fmbench.sinks.html.base import Told
from pytest_fmbench.sinks.html.page import render
from pytest_fmbench.sinks.plot import latency_plot
from pytest_fmbench.sla import parse
from tests.support.pages import own_part
from tests.support.recommended import figure, fleet, recommendation
from tests.support.records import measured, record, run_of
from tests.support.sessions import kept_case, requests

MARKUP = "</script><script>alert(1)</script><img src=x onerror=alert(2)>]]>&<!--"
NASTY = f"{MARKUP}\x1b[31m\x1b]0;title\x07\x00\x08\x9b2J\u202e\u2028\ud800\uffff|`x`\r\nnext"
LONG = "x" * 1_000_000
UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff\uffff]")


def summary(folder: Path, text: str) -> dict[str, Any]:
    """Of a run that has ``text`` wherever any may come from outside."""
    failed = record(status="failed", error=f"status: 500: {plain(text)}", http_status=500)
    made = kept_case(folder / "cases" / "c0", [*requests(10, 20), failed])
    judged = {**made["figures"]["ttft.p50"]}
    verdict = {"objective": text, "outcome": "fail", "limit": 0.01, "reason": text, **judged}
    part = {"requests": 1, "figures": made["figures"]}
    told = dict.fromkeys(("name", "case", "deployment", "workload", "load"), text)
    lists = {"warnings": [text], "invalid": [], "verdicts": [verdict], "groups": {text: part}}
    return {**made, **told, **lists, "folder": "cases/c0"}


def answered(text: str) -> dict[str, Any]:
    """A quality, likewise."""
    share = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 9, "unit": "1"}
    told = dict.fromkeys(("name", "case", "deployment", "baseline", "task"), text)
    verdict = {"objective": text, "outcome": "fail", "limit": 0.5, "reason": text, **share}
    counts = {"items": 9, "failed": 1, "errors": {text: 1}, "outcome": "fail", "records": {"answers": text}}
    wrong = dict.fromkeys(("wrong", "abstained", "unparsable", "failed"), share)
    return {**told, **counts, "figures": {"score": share, text: share, **wrong}, "verdicts": [verdict]}


def searched(text: str) -> dict[str, Any]:
    """A capacity, likewise."""
    point = {"rate": 2.0, "value": 0.1, "low": 0.05, "high": None, "n": 9, "unit": "s", "fitted": 0.1}
    rate = {"value": 2.0, "low": 1.5, "high": None, "n": 9, "unit": "req/s", "confidence": 0.95}
    told = {"rate": rate, "why": text, "probes": [], "curves": {text: [point]}, "limits": {text: 0.2}}
    return {"case": text, "name": text, **told}


def in_markdown(folder: Path, text: str) -> str:
    made = {"begun": text, "machine": {text: text}, "versions": {text: text}}
    return markdown.render([summary(folder, text)], made, [(text, text)], [searched(text)], [answered(text)])


def in_html(folder: Path, text: str) -> str:
    session = {"begun": text, "machine": {text: text}, "options": {text: text}, text: text}
    told = Told([summary(folder, text)], session, folder, [(text, text)], [("s" + text, text)], [searched(text)])
    one = fleet(text, 4, 4.8, breaks_first={"objective": text, "at": figure(17.6, 16.4, None, "req/s")}, why=text)
    refused = [dict.fromkeys(("deployment", "why", "helps"), text)]
    answer = recommendation(
        answer=text, sla=[text], recommended=one, runners_up=[one], refused=refused, warnings=[text]
    )
    return own_part(render(replace(told, qualities=[answered(text)], recommendation=answer)))


def in_terminal(folder: Path, text: str) -> str:
    one = summary(folder, text)
    two = {**one, "deployment": "another"}
    lines = [*table.render([one, two]), *side_by_side.lines([one, two]), *quality.lines([answered(text)])]
    return "\n".join(map(terminal, lines))


@pytest.mark.parametrize("sink", [in_markdown, in_html, in_terminal], ids=["markdown", "html", "terminal"])
def test_what_is_read_holds_nothing_but_text_and_no_end_of_it(tmp_path: Path, sink: Callable[[Path, str], str]) -> None:
    shown = sink(tmp_path / "nasty", NASTY)
    assert not UNWANTED.search(shown)
    assert shown.encode("utf-8")
    usual, long = (len(sink(tmp_path / name, text)) for name, text in (("usual", "x"), ("long", LONG)))
    assert long < usual + 60_000, "of a text of a megabyte a part is shown"


def test_no_line_of_a_terminal_is_longer_than_anybody_reads() -> None:
    assert len(terminal(LONG)) == LONGEST_LINE
    assert terminal("caf\u00e9 \x1b[1mbold\x1b[0m") == "caf\u00e9 ?[1mbold?[0m"
    assert (cut(f"  a \n {LONG}", 5), plain("a\x00b")) == ("a xx\u2026", "a\ufffdb")


def test_pictures_of_allure_are_xml_whatever_stands_in_them() -> None:
    run = run_of(measured(*requests(10, 20)))
    run.name = NASTY
    run.objectives = (replace(parse("ttft.p50 < 1s", METRICS), text=f"ttft.p50 < 1s {NASTY}"),)
    run.verdicts = judge_run(run, run.objectives, Strictness())
    for drawn in (latency_plot(run), capacity_plot(searched(NASTY))):
        assert ET.fromstring(drawn) is not None  # noqa: S314  # our own
        assert not UNWANTED.search(drawn)


class Tags(HTMLParser):
    """The names of the elements of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)


def test_the_sheet_of_allure_runs_no_script(tmp_path: Path) -> None:
    page = sheet.as_html(summary(tmp_path, NASTY), {}, 0.95)
    assert not {"script", "img"} & Tags(page).names
    assert not UNWANTED.search(page)


def test_properties_of_allure_are_ascii_on_one_line(tmp_path: Path) -> None:
    allure_files.write_environment(tmp_path, {"machine": {NASTY: NASTY}, "versions": {}}, [NASTY])
    lines = (tmp_path / "environment.properties").read_bytes().splitlines()
    assert len(lines) == 2
    assert all(b" " <= bytes([one]) <= b"~" for line in lines for one in line)
