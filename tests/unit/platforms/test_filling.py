from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.errors import StoreError
from pytest_fmbench.platforms.filling import asks_for, filled, filled_values, write_files

PLACES = {"port": "81", "host": "::1"}


def test_only_known_places_are_filled_in() -> None:
    assert filled(["--port={port}", "{host}:{port}", '{"json": {}}', "{other}"], PLACES) == [
        *("--port=81", "::1:81", '{"json": {}}', "{other}")
    ]
    assert filled_values({"{port}": "{port}"}, PLACES) == {"{port}": "81"}


def test_a_place_is_asked_for_by_any_text() -> None:
    assert asks_for("weights", ["serve"], {"MODEL": "x={weights}"}.values())
    assert not asks_for("weights", ["serve", "weights"], [])


def test_files_are_written_below_their_folder(tmp_path: Path) -> None:
    write_files({"a/b.yaml": "é: 1\n", "c": ""}, tmp_path / "f")
    assert (tmp_path / "f/a/b.yaml").read_text("utf-8") == "é: 1\n"
    assert (tmp_path / "f/c").read_text() == ""


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x"])
def test_no_file_is_written_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="does not lie below its folder"):
        write_files({name: ""}, tmp_path / "f")
    assert [*tmp_path.rglob("*")] == []


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    with pytest.raises(StoreError, match=r"cannot write .*/f/a"):
        write_files({"a": ""}, tmp_path / "f")
