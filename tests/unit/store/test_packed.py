from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pytest_fmbench.errors import StoreError
from pytest_fmbench.store.packed import VERSION, Kept, Packed, pack
from pytest_fmbench.store.table import read_measurement, read_measurement_of
from pytest_fmbench.store.tasks import TASKS, read_tasks_of, to_tasks, write_tasks
from tests.support.sessions import kept_session, requests
from tests.support.tasks import task

CASES = {"one-1a2b3c4d": requests(1, 2, 3), "one-1a2b3c4d.2": requests(4)}


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return kept_session(tmp_path / "session", CASES)


@pytest.fixture
def packed(tmp_path: Path, session: Path) -> Path:
    target = tmp_path / "main.zip"
    pack(target, {"name": "main"}, session / "session.json", sorted((session / "cases").iterdir()))
    return target


def rewritten(path: Path, change: Callable[[zipfile.ZipFile, zipfile.ZipInfo, bytes], None]) -> Path:
    """The archive, with each member written again by ``change``."""
    target = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.infolist():
            change(new, member, old.read(member))
    return target


def test_it_holds_what_the_session_holds(packed: Path, session: Path) -> None:
    stored, kept = Packed(packed), Kept(session, frozenset(CASES))
    assert (stored.name, stored.cases) == ("main", frozenset(CASES))
    assert (kept.name, kept.cases) == ("session", frozenset(CASES))
    for case in CASES:
        path = session / "cases" / case / "requests.parquet"
        assert stored.summary(case) == kept.summary(case) == json.loads(path.with_name("case.json").read_text())
        assert stored.table(case).read() == path.read_bytes()
        again = read_measurement_of(stored.table(case), stored.where(case))
        assert again.requests.equals(read_measurement(path).requests)
        assert again.window == read_measurement(path).window


def test_members_are_stored_as_they_are(packed: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        assert archive.namelist()[:2] == ["baseline.json", "session.json"]
        assert {member.compress_type for member in archive.infolist()} == {zipfile.ZIP_STORED}
        assert json.loads(archive.read("baseline.json"))["version"] == VERSION


def test_a_file_that_is_there_is_not_written_over(packed: Path, session: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot write .*main\.zip"):
        pack(packed, {}, session / "session.json", [])


def test_a_file_that_is_missing_is_named(tmp_path: Path, session: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere"):
        pack(tmp_path / "x.zip", {}, session / "session.json", [tmp_path / "nowhere"])


@pytest.mark.parametrize("version", [0, VERSION + 1, "1", None])
def test_another_version_is_refused(packed: Path, version: object) -> None:
    def change(new: zipfile.ZipFile, member: zipfile.ZipInfo, data: bytes) -> None:
        new.writestr(member, json.dumps({"version": version}) if member.filename == "baseline.json" else data)

    with pytest.raises(
        StoreError, match=rf"is a baseline of version {version!r}, and this is version 1: save it again"
    ):
        Packed(rewritten(packed, change))


@pytest.mark.parametrize(
    "name",
    [
        "../../evil",
        "/etc/passwd",
        "cases/../case.json",
        "cases/a/../../case.json",
        "cases\\a\\case.json",
        "cases/a/b/case.json",
        "x",
    ],
)
def test_a_member_that_is_none_of_ours_is_refused(packed: Path, name: str) -> None:
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr(name, "x")
    if name == "cases/../case.json":  # a case called "..": listed, never opened as a path
        assert ".." not in Packed(packed).cases
        return
    with pytest.raises(StoreError, match=r"is no baseline that we wrote: it holds"):
        Packed(packed)


def test_compressed_members_are_refused_before_they_are_read(packed: Path) -> None:
    def change(new: zipfile.ZipFile, member: zipfile.ZipInfo, data: bytes) -> None:
        table = member.filename.endswith(".parquet")
        new.writestr(member.filename, bytes(1_000_000) if table else data, 8 if table else 0)

    with pytest.raises(StoreError, match="members occur twice, or are packed"):
        Packed(rewritten(packed, change))


@pytest.mark.filterwarnings("ignore:Duplicate name")  # which is what is made here
def test_a_member_that_occurs_twice_is_refused(packed: Path) -> None:
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("session.json", "{}")
    with pytest.raises(StoreError, match="members occur twice, or are packed"):
        Packed(packed)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("baseline.json", "[]", "holds no JSON object"),
        ("baseline.json", "{", "cannot read the baseline"),
        ("else.json", "{}", "holds no baseline.json; fmbench baseline save makes one"),
    ],
)
def test_an_archive_of_something_else_is_refused(tmp_path: Path, name: str, content: str, message: str) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, content)
    with pytest.raises(StoreError, match=message):
        Packed(path)


@pytest.mark.parametrize("content", [b"", b"PK", b"no archive at all", bytes(10_000)])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(StoreError, match=r"cannot read the baseline .*x\.zip"):
        Packed(tmp_path / "x.zip")


def test_json_without_end_is_refused(packed: Path) -> None:
    def change(new: zipfile.ZipFile, member: zipfile.ZipInfo, data: bytes) -> None:
        new.writestr(member.filename, data + b" " * (1 << 24) if member.filename.endswith("case.json") else data)

    with pytest.raises(StoreError, match="is longer than"):
        Packed(rewritten(packed, change)).summary("one-1a2b3c4d")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0.0, 1.0, exclude_max=True), st.integers(1, 255))
@example(0.5, 1)
def test_no_changed_byte_passes_unseen(packed: Path, place: float, change: int) -> None:
    """It is refused, or what is read is what was written: dates and the like may change."""
    data = bytearray(packed.read_bytes())
    expected = {case: (Packed(packed).summary(case), Packed(packed).table(case).read()) for case in CASES}
    data[int(place * len(data))] ^= change
    damaged = packed.with_name("damaged.zip")
    damaged.write_bytes(data)
    try:
        stored = Packed(damaged)
        found = {case: (stored.summary(case), stored.table(case).read()) for case in stored.cases}
    except StoreError:
        return
    assert found.items() <= expected.items() or not {*found} <= {*expected}


def test_a_file_that_ends_too_soon_is_refused(packed: Path) -> None:
    packed.write_bytes(packed.read_bytes()[:-30])
    with pytest.raises(StoreError, match="cannot read the baseline"):
        Packed(packed)


def test_tasks_lie_beside_their_requests_where_there_are_any(tmp_path: Path, session: Path) -> None:
    one, other = sorted((session / "cases").iterdir())
    write_tasks(one / TASKS, to_tasks([task()]))
    pack(tmp_path / "tasks.zip", {}, session / "session.json", [one, other])
    for stored in (Packed(tmp_path / "tasks.zip"), Kept(session, frozenset(CASES))):
        found = read_tasks_of(stored.tasks(one.name), "here")
        assert found is not None
        assert found.num_rows == 1
        assert stored.tasks(other.name) is None
    with pytest.raises(StoreError, match="cannot read here"):
        read_tasks_of(BytesIO(b"nothing"), "here")
