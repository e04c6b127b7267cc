from __future__ import annotations

import json
import re
from typing import Any

from tests.unit.platforms.ec2.conftest import POLICY

SOURCES = POLICY.parents[2] / "pytest_fmbench/platforms/ec2"
TAKEN_BY_OTHERS = {"PassRole"}
"""Asked of who launches an instance with a role."""
STATEMENTS: list[dict[str, Any]] = json.loads(POLICY.read_text())["Statement"]


def actions(statement: dict[str, Any]) -> list[str]:
    found = statement["Action"]
    return [found] if isinstance(found, str) else found


def test_nothing_is_allowed_that_nobody_asks_for() -> None:
    text = "".join(path.read_text() for path in SOURCES.glob("*.py"))
    named = [action.partition(":")[2] for statement in STATEMENTS for action in actions(statement)]
    snake = {name: re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower() for name in named if name not in TAKEN_BY_OTHERS}
    assert [name for name, call in snake.items() if f'"{call}"' not in text] == []


def test_what_changes_something_is_allowed_of_ours_alone() -> None:
    changing = re.compile(r":(Create|Delete|Terminate(?!Session)|Authorize|Start|Run)")
    free = [one["Sid"] for one in STATEMENTS if any(map(changing.search, actions(one))) and "Condition" not in one]
    assert free == ["MakeItOutOfWhatIsThere", "ForwardPortsByThisDocument"]
