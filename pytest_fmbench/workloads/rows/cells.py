"""What a cell of a row holds, as text or as a number."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_fmbench.workloads.rows.base import Record, Unusable

_MOST_TOKENS = 1 << 31
_SHOWN = 40


def cell(record: Record, column: str) -> object:
    """What is there.

    :raises Unusable: for a row without it, or with nothing in it.
    """
    found = record.get(column)
    if found is None:
        raise Unusable(f"with nothing in {column!r}" if column in record else f"without {column!r}")
    return found


def text_in(record: Record, column: str) -> str:
    """Text, or a number as it is written.

    :raises Unusable: for anything else.
    """
    found = cell(record, column)
    if isinstance(found, str):
        return found
    if isinstance(found, (int, float)):
        return str(found)
    raise Unusable(f"whose {column!r} is no text")


def tokens_in(record: Record, column: str) -> int:
    """A whole number from 1, also as text.

    :raises Unusable: for anything else.
    """
    found = cell(record, column)
    if isinstance(found, str) and found.strip().isdecimal() and len(found) < 20:
        found = int(found)
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    if type(found) is not int or not 1 <= found < _MOST_TOKENS:
        raise Unusable(f"whose {column!r} is no number of tokens")
    return found


def sendable(text: str) -> str:
    """``text``, seen to be what can be sent.

    :raises Unusable: for half a character, which JSON can hold and UTF-8 cannot, or a byte that never was UTF-8.
    """
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Unusable("with text that is no UTF-8") from None
    return text


def shown(names: Iterable[str]) -> list[str]:
    """Names of columns as messages can hold them, whatever a file is that should hold rows."""
    return [name[:_SHOWN].encode("utf-8", "replace").decode() for name in [*names][:_SHOWN]]
