"""What a trace format must say of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

NS_PER_S = 1_000_000_000
_FARTHEST_NS = 1 << 61
_MOST = 10_000_000
"""More tokens than any model takes; a prompt of as many as a damaged row may say would fill the memory."""
_MOST_BLOCK = (1 << 40) - 1


class Layout(str, Enum):
    """How a file is cut into rows."""

    CSV = "CSV with a header"
    JSONL = "JSON lines"


class Row(NamedTuple):
    """One request.

    :param at_ns: when it came, in ns from whatever the file counts from.
    :param blocks: ids of the blocks of tokens that its prompt begins with; alike ids, alike tokens.
    :param session: what requests of one conversation share; None where the file does not say.
    :param parent: the session that it goes on with, where each request has one of its own.
    :param turn: place in the conversation, from 0.
    :param kind: what sort of request it is.
    """

    at_ns: int
    input_tokens: int
    output_tokens: int
    blocks: Sequence[int] = ()
    session: str | None = None
    parent: str | None = None
    turn: int = 0
    kind: str = ""


class Unusable(Exception):
    """A row that cannot be asked; its text is the reason, the same for all rows of that sort."""


@dataclass(frozen=True)
class Format:
    """A trace format.

    :param columns: what a row must hold, by name; a file that has the columns of several formats is of the one that
        asks for most.
    :param read: makes a request of a row; raises :class:`Unusable` for one that is none. Whatever else a row that is
        not as it should be makes it raise (KeyError, TypeError, ValueError) counts as such.
    :param block_tokens: tokens of a block; 0 where rows have none.
    """

    layout: Layout
    columns: tuple[str, ...]
    read: Callable[[Mapping[str, Any]], Row]
    block_tokens: int = 0


def at_ns(value: object, unit_ns: int) -> int:
    """A time that is counted in units of ``unit_ns``.

    :raises Unusable: for what is no time.
    """
    number = _number(value, "a time that is no number")
    if abs(number) * unit_ns > _FARTHEST_NS:
        raise Unusable("a time out of range")
    return round(number * unit_ns)


def input_length(value: object) -> int:
    """Input tokens, from 1.

    :raises Unusable: for what is no such number.
    """
    return _length(value, "input tokens")


def output_length(value: object) -> int:
    """Output tokens, from 1.

    :raises Unusable: for what is no such number, as of a request that failed.
    """
    return _length(value, "output tokens")


def block_ids(value: object) -> Sequence[int]:
    """Ids of blocks; none where the row has none.

    :raises Unusable: for what is no list of whole numbers.
    """
    if value is None:
        return ()
    if not isinstance(value, list) or not all(type(one) is int and 0 <= one <= _MOST_BLOCK for one in value):
        raise Unusable("block ids that are no whole numbers")
    return value


def count_of(value: object, what: str) -> int:
    """A whole number from 0.

    :param what: it counts.
    :raises Unusable: for what is no such number.
    """
    number = _number(value, f"{what} that are no number")
    if number < 0:
        raise Unusable(f"negative {what}")
    if number > _MOST or number != int(number):
        raise Unusable(f"{what} out of range")
    return int(number)


def _length(value: object, what: str) -> int:
    length = count_of(value, what)
    if length == 0:
        raise Unusable(f"no {what}")
    return length


def _number(value: object, problem: str) -> int | float:
    """A finite number, also as text.

    :raises Unusable: with ``problem``.
    """
    if isinstance(value, str):
        text = value.strip()
        try:
            # int() would take underscores, and thousands of digits for minutes
            value = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else float(text)
        except ValueError:
            raise Unusable(problem) from None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value - value != 0:
        raise Unusable(problem)
    return value
