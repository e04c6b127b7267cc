"""``report.html``: a session leaves it, and ``fmbench report`` writes it again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_fmbench.cli import main
from tests.support.pages import Page

pytestmark = pytest.mark.lasting

Case = Callable[..., pytest.RunResult]


def page_of(path: Path) -> Page:
    return Page(path.read_text("utf-8"))


def test_a_session_leaves_a_page_and_report_writes_the_same(
    run_case: Case, pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str]
) -> None:
    run_case(sla=("ttft.mean < 10s",))
    (session,) = pytester.path.glob("fmbench-out/*")
    left = page_of(session / "report.html")
    assert "1 \u2713 passed" in left.text("verdicts")
    assert len(left.data["run-0-spread"]["curves"]["ttft"]["values"]) >= 30
    assert main(["report", str(session), "--html", str(pytester.path / "new" / "page.html")]) == 0
    assert capsys.readouterr().out.endswith(f"html: {pytester.path / 'new' / 'page.html'}\n")
    again = page_of(pytester.path / "new" / "page.html")
    assert again.data == left.data
    assert again.text("figures") == left.text("figures")


def test_a_page_that_cannot_be_written_makes_no_green_session(run_case: Case) -> None:
    body = "import pathlib; (*_, out) = pathlib.Path('fmbench-out').iterdir(); (out / 'report.html').mkdir()"
    result = run_case(body=body)
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    result.stdout.fnmatch_lines(["*a report is missing: cannot write *report.html*"])


def test_what_was_skipped_is_told_as_such_with_its_reason(pytester: pytest.Pytester, run_case: Case) -> None:
    run_case(body="import pytest; pytest.skip('enough seen')")
    (session,) = pytester.path.glob("fmbench-out/*")
    text = page_of(session / "report.html").text("verdicts")
    assert "0 \u2713 passed 1 \u2192 skipped" in text
    assert "enough seen" in text
