"""Templates over the columns of a row: ``{name}`` is a column, ``{{`` and ``}}`` are braces, nothing else is special.

A name is looked up as it stands: no attribute, index or format of a value can be had, so that a row's text, whoever
wrote it, never does more than stand there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from pytest_fmbench.errors import UsageError
from pytest_fmbench.workloads.rows.base import Record
from pytest_fmbench.workloads.rows.cells import text_in

_SPECIAL = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


@dataclass(frozen=True)
class Template:
    """A text with places for columns.

    :raises UsageError: for a brace that is neither of a name nor doubled, or a name that is empty.
    """

    text: str

    def __post_init__(self) -> None:
        self._pieces  # noqa: B018  # a mistake is known at once

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that it names, each once."""
        return tuple(dict.fromkeys(column for _, column in self._pieces if column is not None))

    def filled(self, record: Record) -> str:
        """The text with what a row holds.

        :raises Unusable: when the row lacks a column, or holds no text there.
        """
        return "".join(
            literal + ("" if column is None else text_in(record, column)) for literal, column in self._pieces
        )

    @cached_property
    def _pieces(self) -> tuple[tuple[str, str | None], ...]:
        """Literal text, each with the column that follows it."""
        pieces, literal, begin = list[tuple[str, str | None]](), "", 0
        for found in _SPECIAL.finditer(self.text):
            literal, begin = literal + self.text[begin : found.start()], found.end()
            if found[0] in {"{{", "}}"}:
                literal += found[0][0]
            elif found[1]:
                pieces.append((literal, found[1]))
                literal = ""
            else:
                raise self._misplaced(found)
        return (*pieces, (literal + self.text[begin:], None))

    def _misplaced(self, found: re.Match[str]) -> UsageError:
        around = self.text[max(0, found.start() - 20) : found.end() + 20]
        what = "{} names no column" if found[0] == "{}" else f"a single {found[0]!r}: double it where it is no column's"
        return UsageError(f"template: {what}; character {found.start()}, in {around!r}")
