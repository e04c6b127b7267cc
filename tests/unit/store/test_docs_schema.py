"""docs/data.md says what is in the files."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pytest

from pytest_fmbench.model.answered import Answered
from pytest_fmbench.store import answers, schema, tasks, telemetry

PAGE = (Path(__file__).parents[3] / "docs" / "data.md").read_text("utf-8")
SCORED = answers.to_table([Answered("a", scores={"<name>": 1.0})]).schema


def documented(name: str) -> list[list[str]]:
    [table] = re.findall(rf"<!-- schema: {name} -->\n(.*?)<!-- end of schema -->", PAGE, re.DOTALL)
    rows = [[cell.strip(" `") for cell in line.strip("|\n").split(" | ")] for line in table.splitlines()[2:]]
    return [row[:3] for row in rows]


def told(field: pa.Field) -> list[str]:
    kind = f"list of {field.type.value_type}" if pa.types.is_list(field.type) else str(field.type)
    return [field.name, kind, "yes" if field.nullable else "no"]


@pytest.mark.parametrize(
    ("name", "found"),
    [("requests", schema.SCHEMA), ("tasks", tasks.SCHEMA), ("telemetry", telemetry.SCHEMA), ("answers", SCORED)],
)
def test_every_column_is_documented_as_it_is(name: str, found: pa.Schema) -> None:
    assert documented(name) == [told(field) for field in found]
