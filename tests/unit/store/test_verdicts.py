from __future__ import annotations

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pytest_fmbench.errors import StoreError
from pytest_fmbench.store.verdicts import VERDICTS, VerdictRow, VerdictStore, write_verdicts

KEY = "ab" + "0" * 62


@pytest.fixture
def store(tmp_path: Path) -> VerdictStore:
    return VerdictStore(tmp_path / "verdicts", "$FMBENCH_CACHE names another folder")


def test_a_verdict_is_there_for_whoever_asks_next(store: VerdictStore) -> None:
    assert store.known(KEY) is None
    store.keep(KEY, "4")
    store.keep(KEY, "5")
    assert VerdictStore(store.root, "").known(KEY) == "5"
    (file,) = (path for path in store.root.rglob("*") if path.is_file())
    assert file.name == f"{KEY}.json"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"grade": "4"}', b'{"key": "x", "grade": "4"}', b"\xff\x00"])
def test_a_file_that_is_not_what_was_written_is_as_good_as_none(store: VerdictStore, content: bytes) -> None:
    store.keep(KEY, "4")
    (file,) = store.root.rglob("*.json")
    file.write_bytes(content)
    assert store.known(KEY) is None
    store.keep(KEY, "3")
    assert store.known(KEY) == "3"


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="who is root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told_with_the_way_out(store: VerdictStore) -> None:
    store.root.mkdir()
    store.root.chmod(0o500)
    with pytest.raises(StoreError, match="FMBENCH_CACHE names another folder"):
        store.keep(KEY, "4")


def test_a_file_in_the_way_is_told_with_the_way_out(store: VerdictStore) -> None:
    store.root.parent.mkdir(exist_ok=True)
    store.root.write_text("in the way")
    with pytest.raises(StoreError, match="FMBENCH_CACHE names another folder"):
        store.keep(KEY, "4")
    with pytest.raises(StoreError, match="FMBENCH_CACHE names another folder"):
        store.known(KEY)


def test_judgements_have_a_table(tmp_path: Path) -> None:
    rows = [VerdictRow("i", "pairs", "j", "first", None, False), VerdictRow("i", "pairs", "k", None, "prose", None)]
    write_verdicts(tmp_path / VERDICTS, rows)
    assert pq.read_table(tmp_path / VERDICTS).to_pylist() == [vars(row) for row in rows]
