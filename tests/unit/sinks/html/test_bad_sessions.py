"""Sessions that are empty, broken off, or of somebody else, as pages."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pytest_fmbench.cli import main
from tests.support.pages import Page
from tests.support.sessions import kept_session, requests


def page_of(session: Path) -> Page:
    return Page((session / "report.html").read_text("utf-8"))


def test_a_run_without_a_request_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session = kept_session(tmp_path, {"empty": [], "full": requests(10, 20)})
    assert main(["report", str(session)]) == 0
    text = page_of(session).text("closely")
    assert "no request was made" in text
    assert "n/a" in capsys.readouterr().out


def test_beside_one_that_broke_off_the_others_are_told(tmp_path: Path) -> None:
    session = kept_session(tmp_path, {"full": requests(10, 20)})
    (session / "cases" / "cut off").mkdir()
    assert main(["report", str(session)]) == 1
    text = page_of(session).text("verdicts")
    assert "cut off interrupted: it broke off before anything was recorded" in text
    assert "15 ms" in page_of(session).text("figures")


def test_a_table_of_somebody_else_is_named_and_no_page_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = kept_session(tmp_path, {"full": requests(10, 20), "foreign": requests(10)})
    path = session / "cases" / "foreign" / "requests.parquet"
    table = pq.read_table(path)
    pq.write_table(table.drop_columns(["begun_ns"]), path)
    assert main(["report", str(session)]) == 2
    assert f"{path} is no requests table of ours" in capsys.readouterr().err
    assert not (session / "report.html").exists()
