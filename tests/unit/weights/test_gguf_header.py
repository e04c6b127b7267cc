from __future__ import annotations

import struct
from pathlib import Path

import pytest

from pytest_fmbench.weights.gguf_header import read_header
from tests.support.gguf import gguf, text

SAID = {"general.architecture": "llama", "llama.block_count": 30, "llama.rope.freq_base": 0.5, "general.exact": True}


def read(path: Path, content: bytes) -> dict[str, object] | None:
    path.write_bytes(content)
    return read_header(path)


def test_it_is_read_up_to_the_vocabulary(tmp_path: Path) -> None:
    whole = gguf(SAID | {"tokenizer.ggml.model": "gpt2", "general.after": 1})
    assert read(tmp_path / "m.gguf", whole) == SAID
    cut = whole[: whole.index(b"tokenizer.ggml.model") + len("tokenizer.ggml.model")]
    assert read(tmp_path / "cut.gguf", cut) == SAID


def test_lists_are_kept_if_they_are_of_numbers(tmp_path: Path) -> None:
    lists = {"llama.attention.head_count_kv": [8, 0, 8], "general.tags": ["a", "b"], "llama.block_count": 3}
    assert read(tmp_path / "m.gguf", gguf(lists)) == lists | {"general.tags": None}


@pytest.mark.parametrize("length", range(0, 120, 7))
def test_what_is_cut_off_is_none(tmp_path: Path, length: int) -> None:
    assert read(tmp_path / "m.gguf", gguf(SAID)[:length]) is None


@pytest.mark.parametrize(
    "content",
    [
        b"GGML" + bytes(100),
        b"GGUF" + struct.pack("<IQQ", 1, 0, 0),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("a") + struct.pack("<I", 99) + bytes(100),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 60) + bytes(100),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("a") + struct.pack("<IIQ", 9, 4, 1 << 60),
    ],
)
def test_what_is_no_header_is_none(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path / "m.gguf", content) is None


def test_what_is_not_there_is_none(tmp_path: Path) -> None:
    assert read_header(tmp_path / "m.gguf") is None
    assert read_header(tmp_path) is None
