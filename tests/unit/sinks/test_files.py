from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_fmbench.errors import StoreError
from pytest_fmbench.sinks.files import append, write


def test_a_summary_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "summary.md"
    write(path, "a much longer first text\n")
    write(path, "second\n")
    assert path.read_text() == "second\n"
    assert list(path.parent.iterdir()) == [path]


def test_a_jobs_summary_is_added_to(tmp_path: Path) -> None:
    path = tmp_path / "step"
    for text in ("first\n", "second\n"):
        append(path, text)
    assert path.read_text() == "first\n\nsecond\n\n"


@pytest.mark.parametrize("sink", [write, append])
def test_a_summary_that_cannot_be_written_is_an_error(tmp_path: Path, sink: Callable[[Path, str], None]) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(StoreError, match=r"cannot write .*taken"):
        sink(tmp_path / "taken" / "summary.md", "text")
