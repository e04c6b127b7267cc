"""What a source of rows must offer, and what becomes of a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from pytest_fmbench.model.prompt import Prompt

Record = Mapping[str, Any]
"""A row: values by the names of their columns."""


class Unusable(Exception):
    """A row that cannot be asked; its text is the reason, the same for all rows of that sort."""


class Reader(Protocol):
    """A source of rows: a frozen dataclass, which opens nothing before it is read; ``str`` is how messages call it."""

    @property
    def folder(self) -> Path:
        """Where paths in rows, as of images, begin."""
        ...

    def records(self, columns: Sequence[str]) -> Iterator[Record | str]:
        """Rows in their order, the same each time; in place of one that cannot be read, why.

        :param columns: those that are asked for; others may be left out.
        :raises UsageError: when the source cannot be read, or is known to lack one of ``columns``.
        """
        ...


class Form(Protocol):
    """How a row becomes a prompt: a frozen dataclass."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that a row must have."""
        ...

    def prompt(self, record: Record, folder: Path) -> Prompt:
        """The prompt that a row makes.

        :param folder: where paths in it begin.
        :raises Unusable: when it makes none.
        """
        ...
