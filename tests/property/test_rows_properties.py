"""Rows of any text and files of any bytes: templates give back what they were given, and nothing crashes or is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_fmbench import csv, jsonl, parquet, sharegpt
from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.errors import UsageError
from pytest_fmbench.workloads.rows.template import Template
from pytest_fmbench.workloads.rows.workload import Rows
from tests.support.rows import json_lines, letters

names = st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"]), min_size=1, max_size=8)
pieces = st.lists(st.tuples(st.text(max_size=8), names), max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


@given(pieces, st.text(max_size=8), st.dictionaries(names, st.text(max_size=9)))
@example([("{{", "a")], "}}", {"a": "{a}"})
def test_a_template_is_its_text_with_columns_in_it(parts: list[tuple[str, str]], end: str, row: dict[str, str]) -> None:
    row = {name: "" for _, name in parts} | row
    template = Template("".join(f"{escaped(text)}{{{name}}}" for text, name in parts) + escaped(end))
    assert template.filled(row) == "".join(text + row[name] for text, name in parts) + end
    assert template.columns == tuple(dict.fromkeys(name for _, name in parts))


def sources(path: Path) -> list[Callable[[], Rows]]:
    options: dict[str, Any] = {"prompt": "{a}", "output_tokens": "n"}
    return [
        lambda: jsonl(path, **options),
        lambda: csv(path, **options),
        lambda: parquet(path, **options),
        lambda: jsonl(path, prompt="{a}", images="n"),
        lambda: sharegpt(path),
        lambda: jsonl(path, prompt="{a}", tokens=(3, 12), rows=2, seed=1).fit(letters),
    ]


def see(path: Path) -> None:
    """That whatever comes of a file is our error, or prompts that can be sent, every row being asked or counted."""
    for source in sources(path):
        try:
            rows = source().fit(letters)
        except UsageError as error:
            str(error).encode()
            continue
        facts = rows.facts()
        assert facts["requests"] + sum(facts["left_out"].values()) <= facts["rows"]
        for index in range(facts["requests"]):
            json.loads(OpenAIChat().call(rows.prompt(index, 0), "m", {}).body)


json_rows = st.lists(
    st.dictionaries(st.sampled_from(["a", "n", "conversations", "\ud800"]), values, max_size=4), max_size=6
)


@given(json_rows)
@example([{"a": "\ud800", "n": 3}, {"a": "x", "n": 3}])
@example([{"a": "x", "n": [{"bytes": [], "path": "\0"}]}])
@settings(deadline=None, max_examples=60)
def test_rows_of_any_values(rows: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as folder:
        see(json_lines(Path(folder) / "lines", rows))
        (Path(folder) / "array").write_text(json.dumps(rows))
        see(Path(folder) / "array")


@given(st.binary(max_size=200) | st.text('[]{}",:an1 \n\x00\r', max_size=60).map(str.encode))
@example(b'a,n\n"x,3\n')
@example(b"\xff,n\n1,2\n")
@example(b"[[[[")
@example(b"\x1f\x8b\x08")
@example(b"PAR1PAR1")
@settings(deadline=None, max_examples=100)
def test_files_of_any_bytes(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        (Path(folder) / "x").write_bytes(data)
        see(Path(folder) / "x")


@given(st.integers(1, 40), st.integers(1, 50), st.integers(0, 9))
@settings(deadline=None, max_examples=50)
def test_a_sample_is_rows_each_once(there: int, wanted: int, seed: int) -> None:
    with TemporaryDirectory() as folder:
        path = json_lines(Path(folder) / "x", [{"a": f"{nth:03d}"} for nth in range(there)])
        rows = jsonl(path, prompt="{a}", rows=wanted, seed=seed)
        asked = [rows.prompt(index, 0).messages[0].content for index in range(rows.facts()["requests"])]
        counted = jsonl(path, prompt="{a}", rows=wanted, seed=seed, tokens=(0, None)).fit(letters)
        again = [counted.prompt(index, 0).messages[0].content for index in range(len(asked))]
    assert len({*asked}) == len(asked) == min(there, wanted)
    assert asked == again
