"""Work that is given to other agents, each of which has a conversation of its own."""

from __future__ import annotations

from random import Random

from pytest_fmbench.workloads.agents.base import Plan, Wanted
from pytest_fmbench.workloads.agents.suite.calculator import CALCULATE, computed, result_is
from pytest_fmbench.workloads.agents.suite.files import LIST, READ
from pytest_fmbench.workloads.agents.task import Task
from pytest_fmbench.workloads.agents.tool import State, SubAgent, ToolError

_FOLDERS = ("spring", "summer", "autumn", "winter")


def count_folder(state: State, /, *, folder: str) -> Task:
    """What the other agent is to do: list a folder, read its two files, add their numbers."""
    found = {path: text for path, text in state.items() if path.startswith(f"{folder.strip('/')}/")}
    if len(found) != 2:
        raise ToolError(f"there is no folder {folder!r}")
    (one, a), (other, b) = ((path, int(text)) for path, text in sorted(found.items()))
    steps = (
        [Wanted("list_files", {"folder": folder})],
        [Wanted("read_file", {"path": one}), Wanted("read_file", {"path": other})],
        [computed("add", a, b)],
    )
    answer, check = result_is(a + b)
    question = f"Add the numbers that stand in the files of the folder {folder}."
    return Task(question, (LIST, READ, CALCULATE), check, found, plan=Plan(steps, answer))


COUNT = SubAgent(
    "count_folder",
    "Has an assistant add the numbers in the files of a folder. Several can work at the same time.",
    {
        "type": "object",
        "properties": {"folder": {"type": "string", "maxLength": 40}},
        "required": ["folder"],
        "additionalProperties": False,
    },
    count_folder,
)


def two_folders(drawn: Random) -> Task:
    """Two agents at once, and a call that needs both."""
    folders = drawn.sample(_FOLDERS, 2)
    numbers = {folder: (drawn.randint(100, 999), drawn.randint(100, 999)) for folder in folders}
    state = {f"{folder}/{nth}.txt": str(pair[nth]) for folder, pair in numbers.items() for nth in range(2)}
    one, other = (sum(numbers[folder]) for folder in folders)
    steps = (
        [Wanted("count_folder", {"folder": folder}) for folder in folders],
        [computed("add", one, other)],
    )
    answer, check = result_is(one + other)
    question = f"What do all numbers in the folders {folders[0]} and {folders[1]} add up to? Have each folder counted."
    return Task(question, (COUNT, CALCULATE), check, state, plan=Plan(steps, answer))
