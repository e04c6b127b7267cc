from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.weights.fetch import locate

GGUF = b"GGUF" + bytes(20)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.mark.parametrize("name", ["model.gguf", "MODEL.GGUF", "./model", "folder/model.bin", "a/b/model"])
def test_a_path_is_used_as_it_is_whatever_the_quantization(name: str, tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(GGUF)
    assert locate(name, "my-own", cache=tmp_path / "cache", progress=lines.append) == path
    assert lines == []
    assert not (tmp_path / "cache").exists()


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    tmp_path.joinpath("model.gguf").write_bytes(GGUF)
    assert locate("~/model.gguf", progress=lines.append) == tmp_path / "model.gguf"


@pytest.mark.parametrize("name", ["gone.gguf", "./gone", "/gone/gone/gone", "gone/gone.gguf"])
def test_a_missing_file_is_named(name: str, lines: list[str]) -> None:
    with pytest.raises(UsageError, match=f"{name}.* does not exist. Pass the path of a GGUF file, or a known"):
        locate(name, progress=lines.append)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"GG", "is cut off after 2 bytes"),
        (GGUF[:-1], "is cut off after 23 bytes"),
        (b"ggml" + bytes(100), r"is not a GGUF file: it starts with b'ggml\\x00"),
        (b"<html>", "is not a GGUF file: it starts with b'<html>' instead of b'GGUF'"),
    ],
)
def test_a_file_that_is_no_whole_gguf_is_refused(
    content: bytes, problem: str, tmp_path: Path, lines: list[str]
) -> None:
    tmp_path.joinpath("bad.gguf").write_bytes(content)
    with pytest.raises(UsageError, match=rf"bad\.gguf {problem}.*Pass the path"):
        locate("bad.gguf", progress=lines.append)


def test_a_folder_is_refused_even_if_its_path_looks_like_a_hub_id(tmp_path: Path, lines: list[str]) -> None:
    tmp_path.joinpath("org", "name").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"org/name is a folder, not a file"):
        locate("org/name", progress=lines.append)


def test_a_pipe_is_refused_without_waiting_for_its_writer(tmp_path: Path, lines: list[str]) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    with pytest.raises(UsageError, match="is not a regular file"):
        locate("pipe.gguf", progress=lines.append)


def test_a_path_that_the_system_refuses_is_an_error_of_ours(lines: list[str]) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        locate(f"./{'x' * 5000}", progress=lines.append)
