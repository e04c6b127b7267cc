"""What a GGUF file says of itself before its tensors. Reads a few kilobytes of it.

Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. The ``gguf`` package reads whole files, vocabulary
included, which is too slow for collecting.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pytest_fmbench.weights.local import MAGIC

_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_TEXT, _ARRAY = 8, 9
_VERSIONS = (2, 3)
_LONGEST = 1 << 16
_VOCABULARY = "tokenizer."


def read_header(path: Path) -> dict[str, object] | None:
    """Its metadata up to the vocabulary, which comes last; None where it is no GGUF file that can be read.

    Values are numbers, texts, and lists of numbers; of texts, lists are left out.
    """
    try:
        with path.open("rb") as file:
            return dict(_entries(file))
    except (OSError, EOFError, ValueError):
        return None


def _entries(file: BinaryIO) -> Iterator[tuple[str, object]]:
    if file.read(len(MAGIC)) != MAGIC or _number(file, "<I") not in _VERSIONS:
        raise ValueError("no GGUF file of a version that is known")
    _tensors, entries = _number(file, "<Q"), _number(file, "<Q")
    for _ in range(int(entries)):
        name = _text(file)
        if name.startswith(_VOCABULARY):
            return
        yield name, _value(file, int(_number(file, "<I")))


def _value(file: BinaryIO, kind: int) -> object:
    if kind in _NUMBERS:
        return _number(file, _NUMBERS[kind])
    if kind == _TEXT:
        return _text(file)
    if kind != _ARRAY:
        raise ValueError(f"there is no type {kind}")
    inner, many = int(_number(file, "<I")), int(_number(file, "<Q"))
    if many > _LONGEST:
        raise ValueError(f"{many} values before the vocabulary")
    values = [_value(file, inner) for _ in range(many)]
    return None if inner == _TEXT else values


def _text(file: BinaryIO) -> str:
    length = int(_number(file, "<Q"))
    if length > _LONGEST << 8:
        raise ValueError(f"a text of {length} bytes")
    return _exactly(file, length).decode("utf-8", "replace")


def _number(file: BinaryIO, form: str) -> float:
    (value,) = struct.unpack(form, _exactly(file, struct.calcsize(form)))
    return value  # type: ignore[no-any-return]  # struct does not say what it unpacks


def _exactly(file: BinaryIO, length: int) -> bytes:
    found = file.read(length)
    if len(found) < length:
        raise EOFError
    return found
