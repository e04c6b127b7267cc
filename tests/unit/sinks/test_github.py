from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from pytest_fmbench.sinks.github import Place, commands, place_of

CASE = "benchmarks/test_chat.py::test_chat[m]"
PLACES = {CASE: Place("benchmarks/test_chat.py", 12)}


def run(**outcomes: str) -> dict[str, Any]:
    verdicts = [{"objective": name, "outcome": outcome, "reason": "50%, why"} for name, outcome in outcomes.items()]
    return {"name": "test_chat[m]", "invalid": [], "verdicts": verdicts}


def told(*runs: dict[str, Any], **errors: str) -> list[str]:
    return [*commands({CASE: runs}, errors, PLACES)]


def test_what_is_missed_is_an_error_where_the_case_is_written() -> None:
    assert told(run(a="fail", b="pass")) == [
        "::error file=benchmarks/test_chat.py,line=12,title=test_chat[m]%3A missed::a: 50%25, why"
    ]


def test_what_is_not_decided_is_a_warning_after_the_errors() -> None:
    found = told(run(a="inconclusive"), run(b="fail", c="fail"))
    assert [line.partition(" ")[0] for line in found] == ["::error", "::warning"]
    assert found[0].endswith("::b: 50%25, why%0Ac: 50%25, why")


def test_of_an_invalid_run_only_that_is_told() -> None:
    found = told({**run(a="fail", b="inconclusive"), "invalid": ["it was late"]})
    assert found == ["::error file=benchmarks/test_chat.py,line=12,title=test_chat[m]%3A invalid::it was late"]


def test_what_is_worse_than_the_baseline_is_an_error() -> None:
    change = {"name": "ttft.p50", "change": "regression", "reason": "1.2 to 1.4 of it"}
    same = {"name": "e2e.p50", "change": "equivalent", "reason": "as it was"}
    baseline = {"name": "main", "statistics": [change, same], "differences": [], "doubt": ""}
    [line] = told({**run(), "baseline": baseline})
    assert line.endswith("::ttft.p50 against main: 1.2 to 1.4 of it")


def test_an_error_is_told_by_its_first_line() -> None:
    assert told(run(), other="no server\nlast lines") == ["::error title=other::no server"]


def test_more_than_are_shown_are_counted() -> None:
    found = [*commands({}, {str(nth): "why" for nth in range(14)}, {})]
    assert len(found) == 10
    assert found[-1] == "::error title=fmbench::and 5 more; the summary of the job lists all"


def test_a_green_session_says_nothing() -> None:
    assert told(run(a="pass")) == []


@given(st.text(), st.text())
@example("a,b:c%\r\n::error::x", "::set-output name=x::y\n::error::z")
def test_whatever_is_said_is_one_command(name: str, reason: str) -> None:
    verdict = {"objective": "a", "outcome": "fail", "reason": reason}
    [line] = told({**run(), "name": name, "verdicts": [verdict]})
    assert not {"\r", "\n"} & {*line}
    found = re.fullmatch(r"::error file=([^,:]*),line=12,title=([^,:]*)::(.*)", line, re.DOTALL)
    assert found is not None
    assert found[2].endswith("%3A missed")


def test_a_place_is_where_the_repository_has_it() -> None:
    location, root = ("test_chat.py", 11, "test_chat"), PurePosixPath("/builds/repo/benchmarks")
    assert place_of(location, root, "/builds/repo") == Place("benchmarks/test_chat.py", 12)
    assert place_of(location, root, None) == Place("/builds/repo/benchmarks/test_chat.py", 12)
    assert place_of(("a.py", None, "a"), root, "/elsewhere").line is None
