from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.registry import register_implementation

from pytest_fmbench.errors import StoreError, UsageError
from pytest_fmbench.model.urls import is_url
from pytest_fmbench.store.remote import Remote

NAME = "2026-11-26T000000Z-abcdef"


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"memory://{uuid4().hex}" if request.param == "memory" else (tmp_path / "remote").as_uri()


@pytest.fixture
def session(tmp_path: Path) -> Path:
    folder = tmp_path / "out" / NAME
    (folder / "cases" / "one").mkdir(parents=True)
    (folder / "session.json").write_text("{}")
    (folder / "cases" / "one" / "requests.parquet").write_bytes(b"rows")
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("s3://bucket/a", True),
        ("simplecache::s3://bucket", True),
        ("file:///tmp", True),
        ("fmbench-out", False),
        ("a/b:c//d", False),
        ("C:\\out", False),
        ("", False),
    ],
)
def test_a_url_is_told_from_a_folder(place: str, expected: bool) -> None:
    assert is_url(place) is expected


def test_what_is_sent_is_fetched(url: str, session: Path, tmp_path: Path) -> None:
    assert Remote(url).send(session) == 2
    fetched = Remote(url).fetch_newest(tmp_path / "here")
    assert (fetched.name, files(fetched)) == (NAME, files(session))
    again = Remote(f"{url}/{NAME}").fetch_newest(tmp_path / "again")
    assert files(again) == files(session)


def test_only_what_has_changed_is_sent_again(url: str, session: Path) -> None:
    remote = Remote(url)
    assert [remote.send(session), remote.send(session)] == [2, 0]
    (session / "cases" / "one" / "requests.parquet").write_bytes(b"more rows")
    (session / "summary.md").write_text("# all")
    assert remote.send(session) == 2


def test_what_is_still_written_waits(url: str, session: Path, tmp_path: Path) -> None:
    case = session / "cases" / "one"
    for name in ("spool", "spool.1", "case.json.part", "lock"):
        (case / name).write_bytes(b"half")
    (case / "spooled.log").write_bytes(b"whole")
    Remote(url).send(session)
    assert {*files(Remote(url).fetch_newest(tmp_path / "here"))} == {
        "session.json",
        "cases/one/requests.parquet",
        "cases/one/spooled.log",
    }


def test_of_several_sessions_the_newest_is_fetched(url: str, session: Path, tmp_path: Path) -> None:
    older = session.rename(session.with_name("2000-01-01T000000Z-abcdef"))
    Remote(url).send(older)
    Remote(url).send(older.rename(older.with_name(NAME)))
    Remote(url).begin("9999-01-01T000000Z-abcdef", "a session that has not measured anything")
    assert Remote(url).fetch_newest(tmp_path / "here").name == NAME


def test_where_there_is_none_it_says_what_it_looked_for(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no session: looked for session\.json"):
        Remote(url).fetch_newest(tmp_path)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense://somewhere", "nonsense"),
        ("sftp://me:hunter2@host/runs", "may hold no password"),
    ],
)
def test_a_url_that_cannot_be_is_refused(url: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        Remote(url)
    assert "hunter2" not in str(caught.value)


class Bucket(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Keeps what it is given, as s3fs does without making anything before."""

    protocol = "oss"

    def pipe_file(self, path: str, *_: object, **__: object) -> None: ...
    def put_file(self, path: str, *_: object, **__: object) -> None: ...

    def makedirs(self, path: str, *_: object, **__: object) -> None:
        raise AssertionError(f"{path} would make a bucket")


def test_no_bucket_is_made(session: Path) -> None:
    register_implementation("oss", Bucket, clobber=True)
    Remote("oss://bucket/runs").begin(NAME, "now")
    assert Remote("oss://bucket/runs").send(session) == 2


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StoreError, match="cannot write to file://"):
        Remote((tmp_path / "taken").as_uri()).begin(NAME, "now")
