"""A tree of files."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from pytest_fmbench.workloads.agents.base import Plan, Wanted
from pytest_fmbench.workloads.agents.suite.calculator import CALCULATE, computed, result_is
from pytest_fmbench.workloads.agents.task import Task
from pytest_fmbench.workloads.agents.tool import State, Tool, ToolError

_FOLDERS = ("north", "south", "harbour", "market", "bridge", "tower")
_PATH = {"path": {"type": "string", "maxLength": 40, "description": "such as north/today.txt"}}


def list_files(state: State, /, *, folder: str) -> list[str]:
    """Paths in a folder."""
    found = sorted(path for path in state if path.startswith(f"{folder.strip('/')}/"))
    if not found:
        raise ToolError(f"there is no folder {folder!r}")
    return found


def read_file(state: State, /, *, path: str) -> object:
    """What a file holds."""
    if path not in state:
        raise ToolError(f"there is no file {path!r}")
    return state[path]


def write_file(state: State, /, *, path: str, text: str) -> str:
    """Write a file, whether it was there or not."""
    state[path] = text
    return "written"


def _takes(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


LIST = Tool(
    "list_files", "Lists the files of a folder.", _takes({"folder": {"type": "string", "maxLength": 40}}), list_files
)
READ = Tool("read_file", "Reads a file.", _takes(_PATH), read_file)
WRITE = Tool(
    "write_file",
    "Writes a text into a file.",
    _takes({**_PATH, "text": {"type": "string", "maxLength": 80}}),
    write_file,
)
TREE = (LIST, READ, WRITE)


def find_the_number(drawn: Random) -> Task:
    """A look, and what follows from it."""
    folder, number = drawn.choice(_FOLDERS), drawn.randint(10_000, 99_999)
    path = f"{folder}/entry-{drawn.randint(100, 999)}.txt"
    answer, check = result_is(number)
    steps = [Wanted("list_files", {"folder": folder})], [Wanted("read_file", {"path": path})]
    state = {path: f"The number is {number}.", "readme.txt": "Nothing is here."}
    question = f"There is one file in the folder {folder}. Which number stands in it?"
    return Task(question, TREE, check, state, plan=Plan(steps, answer))


def add_two_files(drawn: Random) -> Task:
    """Two calls at once, and one that needs both."""
    one, other = drawn.sample(_FOLDERS, 2)
    a, b = drawn.randint(1000, 9999), drawn.randint(1000, 9999)
    paths = f"{one}/count.txt", f"{other}/count.txt"
    answer, check = result_is(a + b)
    steps = [Wanted("read_file", {"path": path}) for path in paths], [computed("add", a, b)]
    question = f"Add the numbers in {paths[0]} and {paths[1]}."
    state = {paths[0]: str(a), paths[1]: str(b)}
    return Task(question, (*TREE, CALCULATE), check, state, plan=Plan(steps, answer))


def write_a_summary(drawn: Random) -> Task:
    """What counts is the file that is left behind."""
    folder, words = drawn.choice(_FOLDERS), [f"item{number}" for number in drawn.sample(range(100, 999), 2)]
    paths = [f"{folder}/{name}.txt" for name in ("a", "b")]
    target, text = f"{folder}/all.txt", " ".join(words)

    def check(_: str, state: Mapping[str, Any]) -> bool:
        return str(state.get(target, "")).split() == words

    steps = (
        [Wanted("read_file", {"path": path}) for path in paths],
        [Wanted("write_file", {"path": target, "text": text})],
    )
    question = f"Write what stands in {paths[0]}, a blank, and what stands in {paths[1]} into {target}."
    return Task(question, TREE, check, dict(zip(paths, words, strict=True)), plan=Plan(steps, f"{target} is written."))
