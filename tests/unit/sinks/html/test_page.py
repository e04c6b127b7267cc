"""What is in a page, exactly."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.sinks.html.base import Told
from pytest_fmbench.sinks.html.page import LIBRARIES, SCRIPTS, render, with_folders, write_report
from tests.support.pages import Page, own_part
from tests.support.records import record
from tests.support.sessions import kept_case, requests

SESSION = {"begun": "2026-11-26T00:00:00.000+00:00", "machine": {"cores": 2}, "versions": {"python": "3.11.7"}}
EVERYTHING = ["verdicts", "figures", "closely", "made-with"]
"""What a session has that measured one case."""
VERDICT = {"objective": "ttft.p95 < 200ms", "limit": 0.2, "unit": "s", "n": 3, "reason": "why"}
FAILED = {**VERDICT, "outcome": "fail", "value": 0.3, "low": 0.25, "high": None}


def told(folder: Path, *cases: Sequence[RequestRecord], **changed: Any) -> Told:
    """A session of these cases, each of one run; ``changed`` is different in every summary."""
    runs = []
    for nth, records in enumerate(cases):
        summary = kept_case(folder / "cases" / f"c{nth}", records, name=f"case {nth}") | changed
        runs.append({**summary, "case": f"t.py::case {nth}", "folder": f"cases/c{nth}"})
    return Told(runs, SESSION, folder)


def page(of: Told) -> Page:
    return Page(render(of))


def test_one_case_has_its_figures_its_records_and_what_it_was_made_with(tmp_path: Path) -> None:
    made = page(told(tmp_path, requests(10, 20, 30)))
    assert made.sections() == EVERYTHING
    assert sorted(made.data) == ["run-0-course", "run-0-slowest", "run-0-spread"]
    assert "20 ms" in made.text("figures")
    assert "2026-11-26T00:00:00.000+00:00" in made.text("made-with")
    assert "python 3.11.7" in made.text("made-with")
    assert "No objective was judged." in made.text("verdicts")


def test_distributions_are_exact(tmp_path: Path) -> None:
    made = page(told(tmp_path, requests(30, 10, 20)))
    curve = made.data["run-0-spread"]["curves"]["ttft"]
    assert curve == {"metric": "ttft", "n": 3, "values": [0.01, 0.02, 0.03], "shares": [0.33333, 0.66667, 1.0]}


def test_the_course_is_on_one_axis_from_the_first_request(tmp_path: Path) -> None:
    second = 10**9
    records = [
        record((at + second // 10,), begun_ns=at, scheduled_ns=at, sent_ns=at, done_ns=at + second // 5)
        for at in (5 * second, 6 * second)
    ]
    records.append(record(begun_ns=7 * second, status="failed", error="timeout: x", done_ns=None))
    course = page(told(tmp_path, records)).data["run-0-course"]
    assert course["in_flight"] == [[0.0, 0.2, 1.0, 1.2, 2.0], [1.0, 0.0, 1.0, 0.0, 1.0]]
    assert course["ttft"] == [[0.0, 1.0], [0.1, 0.1]]
    assert course["lost"][0] == {"status": "failed", "n": 1, "at": [2.0]}
    assert course["sampled"] == []


def test_the_slowest_requests_are_drawn_token_by_token(tmp_path: Path) -> None:
    made = page(told(tmp_path, requests(*range(1, 13))))
    lines = made.data["run-0-slowest"]
    assert [line["at"] for line in lines[:2]] == [[0.0, 0.012, 0.013], [0.0, 0.011, 0.012]]
    assert lines[0]["tokens"] == [0.0, 1.0, 2.0]
    assert len(lines) == len([*made.with_attribute("data-line")]) == 10


def test_of_open_loads_latencies_count_from_the_schedule(tmp_path: Path) -> None:
    made = page(told(tmp_path, requests(10, scheduled_ns=100 - 5_000_000), open_loop=True))
    assert made.data["run-0-spread"]["curves"]["ttft"] == {
        "metric": "ttft_scheduled", "n": 1, "values": [0.015], "shares": [1.0],
    }  # fmt: skip
    assert made.data["run-0-course"]["counts_from"] == "when it was due"


def test_verdicts_stand_with_intervals_words_and_shapes_the_worst_first(tmp_path: Path) -> None:
    good = told(tmp_path, requests(10))
    bad = {**good.summaries[0], "name": "bad", "case": "bad", "verdicts": [FAILED]}
    passed = {**FAILED, "outcome": "pass", "value": 0.1, "low": 0.05, "high": 0.15}
    fine = {**good.summaries[0], "verdicts": [passed]}
    text = page(Told([fine, bad], SESSION, tmp_path)).text("verdicts")
    assert "1 ✓ passed 1 ✕ failed" in text
    assert text.index("✕ failed bad") < text.index("✓ passed case 0")
    assert "300 ms 250 ms or more, n=3 why" in text


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        ({"errors": [("t.py::a", "boom\nmore")]}, "! error t.py::a boom"),
        ({"skipped": [("t.py::a", "no GPU")]}, "→ skipped t.py::a no GPU"),
    ],
)
def test_a_session_may_hold_nothing_but_errors_or_skips(tmp_path: Path, parts: dict[str, Any], word: str) -> None:
    made = page(Told([], {}, tmp_path, **parts))
    assert made.sections() == ["verdicts"]
    assert word in made.text("verdicts")
    assert "Nothing was measured." in made.text("verdicts")


def test_an_empty_session_is_a_page_too(tmp_path: Path) -> None:
    assert page(Told([], {}, tmp_path)).text("verdicts").startswith("Verdicts Nothing was measured. 0 ✓ passed")


def test_a_case_that_was_measured_and_then_skipped_is_told_once(tmp_path: Path) -> None:
    one = told(tmp_path, requests(10))
    twice = Told(one.summaries, SESSION, tmp_path, skipped=[("t.py::case 0", "enough seen")])
    assert page(twice).text("verdicts").count("skipped") == 2  # in the counts, and beside its name
    judged = [{**one.summaries[0], "verdicts": [{**FAILED, "outcome": "inconclusive"}]}]
    assert "skipped" not in page(replace(twice, summaries=judged)).text("verdicts")


def test_records_that_are_not_there_are_said_to_be_missing(tmp_path: Path) -> None:
    one = told(tmp_path, requests(10))
    (tmp_path / "cases" / "c0" / "requests.parquet").unlink()
    text = page(one).text("closely")
    assert "cannot read the session's folder/cases/c0/requests.parquet" in text
    assert str(tmp_path) not in text


def test_where_all_failed_there_is_a_table_of_causes_and_no_distribution(tmp_path: Path) -> None:
    records = [record(status="failed", error="status: 500: tell me about cats", http_status=500) for _ in range(3)]
    made = page(told(tmp_path, [*records, record(status="failed", error="timeout: nothing arrived for 5 s")]))
    assert sorted(made.data) == ["run-0-course"]
    assert "status status 500 window 3" in made.text("closely")
    assert "timeout nothing arrived for 5 s window 1" in made.text("closely")


def test_what_a_server_said_may_be_the_prompt_and_is_left_out(tmp_path: Path) -> None:
    bad = record(status="failed", error="status: 400: you asked: tell me about cats", http_status=400)
    torn = record(status="failed", error="protocol: no JSON: 'tell me about cats'", http_status=200)
    assert "cats" not in own_part(render(told(tmp_path, [bad, torn])))


def test_hostile_names_are_text(tmp_path: Path) -> None:
    name = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31m\u202e"
    one = told(tmp_path, requests(10))
    hostile = {"name": name, "deployment": name, "workload": name, "load": name, "warnings": [name]}
    runs = [{**one.summaries[0], **hostile, "case": f"{nth}{name}"} for nth in range(2)]
    session = {"begun": name, "machine": {name: name}}
    html = render(Told(runs, session, tmp_path, errors=[(name, name)], skipped=[("s" + name, name)]))
    made = Page(html)
    assert len(made.scripts) == len(LIBRARIES) + 1
    assert not [tag for tag, _ in made.tags if tag == "img"]
    assert not {"\x1b", "\u202e"} & {*own_part(html)}


def test_texts_without_end_are_cut(tmp_path: Path) -> None:
    one = told(tmp_path, requests(10))
    plain = len(render(one))
    long = {"name": "n" * 10**6, "load": "l" * 10**6, "warnings": ["w" * 10**6], "deployment": "d" * 10**6}
    runs = [{**one.summaries[0], **long}]
    assert len(render(Told(runs, SESSION, tmp_path, errors=[("e" * 10**6, "m" * 10**6)]))) < plain + 20_000


def test_no_secret_is_in_it(tmp_path: Path) -> None:
    secret = "s3cr3t-abcdef0123456789"
    failed = record(status="failed", error=f"connect: https://u:{secret}@h refused")
    one = told(tmp_path, [*requests(10), failed], warnings=[f"api_key={secret}"])
    options = {
        "fmbench_api_key": secret,
        "fmbench_url": f"https://u:{secret}@h/v1",
        "argv": ["--key", f"Bearer {secret}"],
    }
    session = SESSION | {"options": options, "resumed": [{"options": options}]}
    errors = [("t.py::x", f"refused: Authorization: Bearer {secret}")]
    html = render(Told(one.summaries, session, tmp_path, errors, [("t.py::y", f"token={secret}")]))
    assert secret not in html
    assert html.count("(hidden)") >= 6


def test_the_page_asks_nobody_and_runs_its_own_scripts_only(tmp_path: Path) -> None:
    html = render(told(tmp_path, requests(10)))
    made = Page(html)
    policy = next(one["content"] or "" for one in made.with_attribute("http-equiv"))
    assert "default-src 'none'" in policy
    hashes = [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in made.scripts]
    assert f"script-src {' '.join(hashes)};" in policy
    named = [one for name in ("src", "href") for one in made.with_attribute(name)]
    assert all(re.match("#|data:,$", str(one.get("href", one.get("src")))) for one in named)
    assert not re.search(r"@import|url\(", own_part(html))


def test_no_file_of_ours_ends_the_element_that_it_stands_in() -> None:
    from pytest_fmbench.sinks.html.page import _file

    names = [*SCRIPTS, *(f"vendor/{name}" for name in LIBRARIES), "report.css"]
    for name in names:
        assert not re.search(r"</(script|style)|<!--", _file(name), re.IGNORECASE), name


def test_runs_know_their_folders() -> None:
    runs = with_folders({"a": [{"n": 1}, {"n": 2}], "b": [{"n": 3}]}, {"a": "fa", "b": "fb"})
    assert [one["folder"] for one in runs] == ["cases/fa", "cases/fa.2", "cases/fb"]
    assert [one["case"] for one in runs] == ["a", "a", "b"]


def test_a_page_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(StoreError, match=r"cannot write .*taken"):
        write_report(tmp_path / "taken" / "report.html", Told([], {}, tmp_path))
