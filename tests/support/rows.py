"""Small files of rows, and a model that counts tokens by the letter."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from pytest_fmbench.errors import PromptRefused
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.workloads.rows.workload import Rows

Row = Mapping[str, object]

QUESTIONS: list[Row] = [
    {"id": 0, "context": "The sea is blue.", "question": "Which colour?", "language": "en", "length": 3},
    {"id": 1, "context": "Das Meer ist blau.", "question": "Welche Farbe?", "language": "de", "length": 5},
    {"id": 2, "context": "The sky is grey {today}.", "question": "Which colour?", "language": "en", "length": 7},
]


def json_lines(path: Path, rows: Iterable[object]) -> Path:
    """A file of them."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def csv_file(path: Path, rows: Iterable[Row]) -> Path:
    """A CSV file with a header."""
    listed = [*rows]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*listed[0]])
        writer.writeheader()
        writer.writerows(listed)
    return path


def parquet_file(path: Path, rows: Iterable[Row]) -> Path:
    """A Parquet file."""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    write_table(pa.Table.from_pylist([*rows]), path)
    return path


def letters(prompt: Prompt, template: int = 7, context: int | None = None) -> int:
    """A tokenizer whose tokens are characters, with a chat template of so many.

    :param context: the longest prompt that it takes.
    """
    tokens = template + sum(len(message.content) for message in prompt.messages)
    if context is not None and tokens > context:
        raise PromptRefused("the server does not tell how many tokens a prompt is: status: 400")
    return tokens


def asked(rows: Rows, count: int = 3, seed: int = 0) -> list[str]:
    """What the user says in the first prompts."""
    return [rows.prompt(index, seed).messages[-1].content for index in range(count)]
