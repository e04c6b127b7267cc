"""The folder is made by a stand-in for the Python that has transformers."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.errors import FetchError, NotAllowed, UnknownName
from pytest_fmbench.weights.folders import MadeFolder, made_folder, make
from pytest_fmbench.weights.pinned import find_pinned
from pytest_fmbench.weights.to_folder import LACKING, with_digits_apart

MADE = MadeFolder(find_pinned("smollm2-135m"))
BYTES = {"type": "ByteLevel", "use_regex": True}
DIGITS = {"type": "Digits", "individual_digits": True}


@pytest.fixture
def lines() -> list[str]:
    return []


def python_that(does: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given the script, the file and the folder."""
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    monkeypatch.setenv("FMBENCH_PYTHON_TRANSFORMERS", str(program))


def made(tmp_path: Path, lines: list[str]) -> Path:
    return make(MADE, lambda: tmp_path / "m.gguf", cache=tmp_path / "cache", progress=lines.append)


def test_it_is_made_once(tmp_path: Path, lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    python_that('mkdir "$3" && echo "$1 $2" > "$3/config.json"', tmp_path, monkeypatch)
    folder = made(tmp_path, lines)
    assert folder == tmp_path / "cache/folders" / f"{MADE.source.sha256[:16]}-1" / "smollm2-135m"
    script, file = (folder / "config.json").read_text().split()
    assert (Path(script).name, file) == ("to_folder.py", str(tmp_path / "m.gguf"))
    assert lines == ["making smollm2-135m hf-bf16 of m.gguf, once", f"smollm2-135m hf-bf16 is now at {folder}"]
    python_that("exit 1", tmp_path, monkeypatch)
    assert made(tmp_path, lines) == folder


@pytest.mark.parametrize(
    ("does", "expected", "message"),
    [
        (
            f"echo No module named torch; exit {LACKING}",
            NotAllowed,
            r"made with transformers>=5.19 .* \(No module named torch\): pip install .* FMBENCH_PYTHON_TRANSFORMERS$",
        ),
        ('mkdir "$3"; echo out of memory; exit 9', FetchError, r"could not be made with (?s:.*)\| out of memory$"),
    ],
)
def test_what_cannot_be_made_leaves_nothing(  # noqa: PLR0917  # fixtures and parameters
    tmp_path: Path,
    lines: list[str],
    monkeypatch: pytest.MonkeyPatch,
    does: str,
    expected: type[Exception],
    message: str,
) -> None:
    python_that(does, tmp_path, monkeypatch)
    with pytest.raises(expected, match=message):
        made(tmp_path, lines)
    assert {path.name for path in MADE.place(tmp_path / "cache").parent.iterdir()} <= {".lock"}


def test_only_models_that_are_known_are_folders() -> None:
    assert made_folder("smollm2-135m", "hf-bf16") == MADE
    assert made_folder("smollm2-135m", "q4_1") is None
    with pytest.raises(UnknownName, match=r"unknown model 'smollm3'.*Known: smollm2-135m"):
        made_folder("smollm3", "hf-bf16")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (BYTES, [DIGITS, BYTES]),
        ({"type": "Sequence", "pretokenizers": [BYTES]}, [DIGITS, BYTES]),
        ({"type": "Sequence", "pretokenizers": [DIGITS, BYTES]}, [DIGITS, BYTES]),
    ],
)
def test_each_digit_becomes_a_token(before: dict[str, object], after: list[object]) -> None:
    done = with_digits_apart({"version": "1.0", "pre_tokenizer": before})
    assert done == {"version": "1.0", "pre_tokenizer": {"type": "Sequence", "pretokenizers": after}}
