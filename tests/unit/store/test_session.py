from __future__ import annotations

import json
import math
import re
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_fmbench.errors import StoreError
from pytest_fmbench.store import session
from pytest_fmbench.store.session import file_name, new_session_name, provenance, write_json

UNHURRIED = settings(deadline=None)
NODE_ID = "benchmarks/test_chat.py::test_chat[m-q4_1+llamacpp+local-closed:1]"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("smollm2-135m+llamacpp+local", "smollm2-135m+llamacpp+local"),
        ("a/b", "a_b-c14cddc0"),
        ("..", "-5ec1f7e7"),
        (NODE_ID, "benchmarks_test_chat.py_test_chat_m-q4_1+llamacpp+local-closed_1-c4b0250a"),
    ],
)
def test_a_file_name_is_readable_and_the_same_for_ever(text: str, name: str) -> None:
    assert file_name(text) == name


@UNHURRIED
@given(st.text(min_size=1))
@example("../../etc/passwd")
@example("a\0b")
@example("C:\\x")
@example("." * 300)
@example("a" * 300)
@example("é" * 300)
@example(" ")
def test_a_file_name_is_safe(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_,=+()-][A-Za-z0-9_.,=+()-]{0,130}", file_name(text))


@UNHURRIED
@given(st.text(), st.text())
@example("a/b", "a_b")
@example("a/b", "a:b")
@example("é", "è")
@example("a" * 200, "a" * 201)
@example("a", "a.")
def test_texts_that_differ_have_file_names_that_differ(one: str, other: str) -> None:
    assert (file_name(one) == file_name(other)) == (one == other)


def test_no_text_at_all_has_a_file_name_too() -> None:
    assert file_name("")


@pytest.mark.parametrize(("one", "other"), [("A", "a"), ("A/", "a/")])
def test_file_names_differ_where_case_does_not_count(one: str, other: str) -> None:
    assert file_name(one).lower() != file_name(other).lower()


def test_a_file_name_is_no_device_of_windows() -> None:
    assert file_name("CON") != "CON"


def test_what_is_no_unicode_has_a_file_name_too() -> None:
    assert file_name("a\udc80") != file_name("a\udc81")


def test_a_session_is_named_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "wall_iso", lambda: "2026-11-24T06:55:00.123+00:00")
    assert re.fullmatch(r"2026-11-24T065500Z-[0-9a-f]{6}", new_session_name())
    assert file_name(new_session_name()).startswith("2026-11-24T065500Z-")


def test_no_two_sessions_share_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "wall_iso", lambda: "2026-11-24T06:55:00.123+00:00")
    assert len({new_session_name() for _ in range(20)}) == 20


def test_a_session_says_what_it_was_made_with() -> None:
    found = provenance({"fmbench_duration": "30s"})
    assert list(found) == ["begun", "versions", "machine", "commit", "options"]
    assert found["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert found["versions"]["pytest"] == pytest.__version__
    assert found["options"] == {"fmbench_duration": "30s"}
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    write_json(tmp_path / "new/folder/case.json", {"name": "é", "value": None})
    text = (tmp_path / "new/folder/case.json").read_text("utf-8")
    assert json.loads(text) == {"name": "é", "value": None}
    assert text.endswith("}\n")


def test_it_replaces_what_was_there_and_leaves_no_draft(tmp_path: Path) -> None:
    write_json(tmp_path / "case.json", {"a": "long " * 100})
    write_json(tmp_path / "case.json", {"b": 2})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"case.json": '{\n  "b": 2\n}\n'}


@pytest.mark.parametrize("content", [{"a": math.nan}, {"a": math.inf}, {"a": object()}])
def test_what_is_no_json_changes_nothing(tmp_path: Path, content: dict[str, object]) -> None:
    write_json(tmp_path / "case.json", {"a": 1})
    with pytest.raises((ValueError, TypeError), match="JSON"):
        write_json(tmp_path / "case.json", content)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"case.json": '{\n  "a": 1\n}\n'}


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    write_json(tmp_path / "case.json", {"a": 1})
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(StoreError, match=r"^cannot write .*case\.json: .*No space left on device$"):
        write_json(tmp_path / "case.json", {"a": 2})
    assert json.loads((tmp_path / "case.json").read_text()) == {"a": 1}


def test_a_place_that_is_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"^cannot write .*file.case\.json: "):
        write_json(tmp_path / "file" / "case.json", {})


def test_a_file_that_is_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "case.json" / "full").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"^cannot write .*case\.json: "):
        write_json(tmp_path / "case.json", {})


def test_two_that_write_the_same_file_at_once_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def late(draft: Path, target: Path) -> Path:
        monkeypatch.setattr(Path, "replace", replace)
        write_json(target, {"of": "the other"})
        return replace(draft, target)

    monkeypatch.setattr(Path, "replace", late)
    write_json(tmp_path / "session.json", {"of": "ours"})
    assert json.loads((tmp_path / "session.json").read_text()) == {"of": "ours"}
