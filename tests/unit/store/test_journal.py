from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.errors import StoreError
from pytest_fmbench.store.journal import RESULTS, add, read

ONE = {"case": "t.py::test_a", "outcome": "passed", "message": "", "runs": [{"name": "a"}], "capacities": []}
OTHER = ONE | {"case": "t.py::test_b[é\n]", "outcome": "failed", "message": "SLA missed\n  ttft"}


def test_results_are_read_as_they_were_written_and_the_last_of_a_case_counts(tmp_path: Path) -> None:
    for result in (ONE | {"outcome": "failed"}, OTHER, ONE):
        add(tmp_path / "session", result)
    assert read(tmp_path / "session") == {one["case"]: one for one in (ONE, OTHER)}


def test_where_nothing_was_written_there_are_none(tmp_path: Path) -> None:
    assert read(tmp_path) == {}


@pytest.mark.parametrize("torn", [b'{"case": "t.py::test_c", "outc', b"\xff\n", b"[1]\n", b'{"case": "x"}\n'])
def test_a_line_that_is_no_result_takes_no_other_with_it(tmp_path: Path, torn: bytes) -> None:
    add(tmp_path, ONE)
    with (tmp_path / RESULTS).open("ab") as file:
        file.write(torn)
    assert read(tmp_path) == {ONE["case"]: ONE}


def test_what_cannot_be_written_or_read_is_told(tmp_path: Path) -> None:
    (tmp_path / RESULTS).mkdir()
    with pytest.raises(StoreError, match="cannot write"):
        add(tmp_path, ONE)
    with pytest.raises(StoreError, match="cannot read"):
        read(tmp_path)
