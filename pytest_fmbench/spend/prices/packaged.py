"""The package's own tables: facts from public files, each with the source and the date that its file names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pytest_fmbench.spend.prices.table import Table, read_table

NAMES = ("sagemaker", "accelerators", "processors", "fmbench")
"""The newest first, which is believed of what several know."""


def packaged() -> Iterator[Table]:
    """The tables, the newest first; each is read when it is asked for."""
    return map(table_of, NAMES)


@cache
def table_of(name: str) -> Table:
    """The one of that name."""
    return read_table(Path(__file__).with_name("data") / f"{name}.toml")
