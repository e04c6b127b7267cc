from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from pytest_fmbench import jsonl, parquet
from pytest_fmbench.workloads.rows.base import Unusable
from pytest_fmbench.workloads.rows.images import urls_of
from tests.support.rows import json_lines, parquet_file

PNG, JPEG = b"\x89PNG\r\n\x1a\n...", b"\xff\xd8\xff\xe0..."


def data_url(data: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{b64encode(data).decode()}"


@pytest.mark.parametrize(
    ("data", "kind"), [(PNG, "png"), (JPEG, "jpeg"), (b"GIF89a", "gif"), (b"RIFF\0\0\0\0WEBPVP8 ", "webp")]
)
def test_bytes_are_sent_as_what_they_begin_with(tmp_path: Path, data: bytes, kind: str) -> None:
    assert urls_of(data, tmp_path) == (data_url(data, kind),)
    assert urls_of({"bytes": data, "path": "it-is.bmp"}, tmp_path) == (data_url(data, kind),)


def test_paths_begin_in_the_files_folder_and_urls_stay(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    assert urls_of({"path": str(tmp_path / "a.png")}, Path("/nowhere")) == (data_url(PNG),)
    assert urls_of("a.png", tmp_path) == (data_url(PNG),)
    assert urls_of(["http://x/y", "data:image/png;base64,AA=="], tmp_path) == (
        "http://x/y",
        "data:image/png;base64,AA==",
    )


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "without an image"),
        ([], "without an image"),
        ({"bytes": None, "path": None}, "without an image"),
        ("nowhere.png", "whose image cannot be read"),
        ("no\0where", "whose image cannot be read"),
        (b"secret", "whose image is no PNG, JPEG, GIF or WebP"),
        (4, "whose image is neither bytes nor a path nor a URL"),
    ],
)
def test_what_is_no_image_is_sent_to_nobody(tmp_path: Path, value: object, reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        urls_of(value, tmp_path)


def test_a_column_of_images(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    lines = json_lines(tmp_path / "x.jsonl", [{"q": "what?", "i": "a.png"}, {"q": "what?", "i": "b.png"}])
    rows = jsonl(lines, prompt="{q}", images="i")
    assert rows.prompt(0, 0).messages[0].images == (data_url(PNG),)
    assert rows.facts()["left_out"] == {"whose image cannot be read": 1}
    packed = parquet(parquet_file(tmp_path / "x", [{"i": {"bytes": JPEG, "path": "j"}}]), prompt="What?", images="i")
    assert packed.prompt(0, 0).messages[0].images == (data_url(JPEG, "jpeg"),)
