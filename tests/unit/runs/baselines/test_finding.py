from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.errors import StoreError, UnknownName, UsageError
from pytest_fmbench.runs.baselines.finding import find_baseline, read_all, see_that_they_can_be_one, unfit
from pytest_fmbench.store import named
from pytest_fmbench.store.packed import Packed, pack
from pytest_fmbench.store.session import write_json
from tests.support.sessions import kept_case, kept_session, requests


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FMBENCH_STATE", str(tmp_path / "state"))


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return kept_session(tmp_path / "out" / "session", {"one": requests(1, 2), "two": requests(3)})


def saved(session: Path, target: Path, name: str) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    pack(target, {"name": name}, session / "session.json", sorted((session / "cases").iterdir()))
    return target


def test_it_is_a_name_a_folder_or_a_file(tmp_path: Path, session: Path) -> None:
    saved(session, named.place_of("main"), "main")
    saved(session, tmp_path / "file.zip", "from afar")
    for text, name in (
        ("main", "main"),
        ("out/session", "session"),
        ("file.zip", "from afar"),
        (str(session), "session"),
    ):
        found = find_baseline(text, tmp_path)
        assert (found.name, {*found.cases}) == (name, {"one", "two"})


def test_a_name_goes_before_a_path_and_a_dot_before_a_name(session: Path) -> None:
    saved(session, named.place_of("session"), "the saved one")
    assert find_baseline("session", session.parent).name == "the saved one"
    assert find_baseline("./session", session.parent).name == "session"


@pytest.mark.parametrize("text", ["", "mian", "no/such/folder", "main.zip"])
def test_what_is_none_of_these_lists_the_names(tmp_path: Path, session: Path, text: str) -> None:
    saved(session, named.place_of("main"), "main")
    with pytest.raises(UnknownName, match=r"unknown baseline \(and no session's folder or saved file\): .*Known: main"):
        find_baseline(text, tmp_path)


def test_a_folder_of_sessions_names_the_newest(tmp_path: Path, session: Path) -> None:
    with pytest.raises(UsageError, match=rf"out is no session: .*; the newest in it is .*{session.name}"):
        find_baseline("out", tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"empty is no session: it lacks session\.json or cases/$"):
        find_baseline("empty", tmp_path)


def test_a_session_without_cases_has_nothing_to_compare_with(tmp_path: Path) -> None:
    (kept_session(tmp_path / "s", {}) / "cases").mkdir()
    with pytest.raises(UsageError, match="holds no case"):
        find_baseline("s", tmp_path)


def spoil(case: Path, how: str) -> None:
    if how == "spool":
        (case / "spool.1").touch()
    elif how in ("requests.parquet", "case.json"):
        (case / how).unlink()
    else:
        summary = kept_case(case, requests(1))
        if how == "invalid":
            summary["invalid"] = ["too slow"]
        else:
            del summary[how]
        write_json(case / "case.json", summary)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("spool", "interrupted: its window never closed"),
        ("requests.parquet", "interrupted: it broke off before anything was recorded"),
        ("case.json", "not judged: the case broke off before its verdict"),
        ("invalid", "invalid measurement: too slow"),
        ("conditions", "it does not say its conditions: another version measured it"),
    ],
)
def test_a_session_with_a_bad_run_cannot_be_one(session: Path, how: str, reason: str) -> None:
    cases = sorted((session / "cases").iterdir())
    see_that_they_can_be_one(cases)
    spoil(cases[1], how)
    assert [unfit(case) for case in cases] == ["", reason]
    for refuse in (lambda: see_that_they_can_be_one(cases), lambda: find_baseline(str(session), session)):
        with pytest.raises(
            UsageError, match=f"such a session cannot be a baseline; measure it again:\n  two: {reason}"
        ):
            refuse()


def test_every_table_must_be_readable(session: Path) -> None:
    cases = sorted((session / "cases").iterdir())
    read_all(cases)
    table = cases[1] / "requests.parquet"
    table.write_bytes(table.read_bytes()[:-8])
    with pytest.raises(StoreError, match=r"cannot read .*two.*requests\.parquet"):
        read_all(cases)
    kept_case(cases[0], requests(1, phase="drain"))
    with pytest.raises(StoreError, match="holds no request of a window"):
        read_all(cases)


def test_a_damaged_file_is_named(tmp_path: Path, session: Path) -> None:
    path = saved(session, tmp_path / "x.zip", "x")
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(StoreError, match=r"cannot read the baseline .*x\.zip"):
        find_baseline("x.zip", tmp_path)
    assert isinstance(find_baseline(str(saved(session, tmp_path / "y.zip", "y")), tmp_path), Packed)
