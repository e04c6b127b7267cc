"""Scorers that no package has, against their definitions, written another way, on 2,000 drawn pairs each."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from pytest_fmbench.model.prompt import Tool
from pytest_fmbench.quality.base import WantedCall
from pytest_fmbench.quality.numeric import Numeric, last_number
from pytest_fmbench.quality.scorers import SCORERS
from tests.support.answers import item, said, value

PAIRS = 2_000


@pytest.fixture
def draw() -> random.Random:
    return random.Random(20_261_126)  # noqa: S311  # drawn texts are no secret


NUMBERS = ("0", "7", "-7", "12.50", "1,234", "-1,234,567.5", "2e3", "+0.1", "1234")
AROUND = ("about", "#### ", "$", "is", "=", "so", "\n", "(", "no.", "%")


def test_the_last_number_of_a_text_is_marked_by_its_distance(draw: random.Random) -> None:
    rights = 0
    for _ in range(PAIRS):
        numbers = draw.choices(NUMBERS, k=draw.randrange(4))
        words = [word for number in numbers for word in (draw.choice(AROUND), " ", number, " ")]
        text, right = "".join([*words, draw.choice(AROUND)]), draw.choice(NUMBERS)
        absolute, relative = draw.choice((0.0, 0.5, 20.0)), draw.choice((0.0, 0.01, 2.0))
        mark = Numeric(absolute, relative)(said(text), item(answers=(right,)))
        assert mark.parsed is bool(numbers)
        wanted = Decimal(right.replace(",", ""))
        near = max(Decimal(str(absolute)), Decimal(str(relative)) * abs(wanted))
        expected = bool(numbers) and abs(Decimal(numbers[-1].replace(",", "")) - wanted) <= near
        assert mark.value == float(expected), (text, right, absolute, relative)
        rights += expected
    assert PAIRS / 10 < rights < PAIRS * 9 / 10


def test_any_number_that_is_written_is_read_back(draw: random.Random) -> None:
    for _ in range(PAIRS):
        number = draw.choice((draw.randrange(-(10**9), 10**9), draw.uniform(-1e6, 1e6), draw.gauss(0, 1e-3)))
        written = draw.choice((repr(number), f"{number:,}"))
        assert last_number(f"I say {written}") == number


def test_a_pattern_is_found_where_it_stands(draw: random.Random) -> None:
    found = 0
    for _ in range(PAIRS):
        text, right = ("".join(draw.choices("ab.", k=draw.randrange(most))) for most in (12, 4))
        expected = right in text
        assert value("pattern", text, re.escape(right)) == float(expected)
        found += expected
    assert PAIRS / 10 < found < PAIRS * 9 / 10


KINDS: Mapping[str, Callable[[object], bool]] = {
    "string": lambda one: isinstance(one, str),
    "integer": lambda one: isinstance(one, int) and not isinstance(one, bool),
    "boolean": lambda one: isinstance(one, bool),
    "null": lambda one: one is None,
}
VALUES = ("x", "", 0, 3, True, False, None, [1], {"a": 1})


def test_json_keeps_a_schema_by_what_the_schema_says(draw: random.Random) -> None:
    pytest.importorskip("jsonschema", reason="needs pytest-fmbench[quality]")
    kept = 0
    for _ in range(PAIRS):
        properties = {name: draw.choice([*KINDS]) for name in draw.sample("abc", k=draw.randrange(1, 4))}
        required = draw.sample([*properties], k=draw.randrange(len(properties) + 1))
        more = draw.random() < 0.8
        kinds = {name: {"type": kind} for name, kind in properties.items()}
        schema = {"type": "object", "properties": kinds, "required": required, "additionalProperties": more}
        document = {name: draw.choice(VALUES[:7]) for name in draw.sample("abcd", k=draw.randrange(4))}
        expected = (
            all(name in document for name in required)
            and all(KINDS[properties[name]](one) for name, one in document.items() if name in properties)
            and (more or {*document} <= {*properties})
        )
        text = draw.choice(("{}", "```json\n{}\n```", " ```\n{}```\n")).replace("{}", json.dumps(document))
        mark = SCORERS["json_schema"](said(text), item(schema=schema))
        assert (mark.value, mark.parsed) == (float(expected), True), (text, schema)
        kept += expected
    assert PAIRS / 10 < kept < PAIRS * 9 / 10


TYPES = {"string": str, "integer": int, "float": float, "boolean": bool}
DRAWN: Mapping[str, Sequence[object]] = {
    "string": ("New York", "new-york.", "NYC", "it's", 'it"s', ""),
    "integer": (1, 2, 3),
    "float": (1, 2.0, 2.5),
    "boolean": (True, False),
}


def standard(one: object) -> object:
    if not isinstance(one, str):
        return one
    return re.sub(r"[ \,\.\/\-\_\*\^]", "", one).lower().replace("'", '"')


def published_type(one: object, wanted: Sequence[object], kind: str) -> bool:
    """``type_checker`` of BFCL's ``ast_checker.py``, of simple types: that of the tool, or of what is wanted first."""
    first = next((type(other) for other in wanted if other != ""), None)
    return type(one) is TYPES[kind] or (first is not None and type(one) is first)


def published_call(
    given: Mapping[str, object], wanted: Mapping[str, Sequence[object]], tool: Mapping[str, str]
) -> bool:
    """``simple_function_checker`` of it, for a call of the right name."""
    for name, one in given.items():
        if name not in tool or name not in wanted:
            return False
        whole = tool[name] == "float" and type(one) is int
        converted = float(one) if whole else one  # type: ignore[arg-type]  # an int, as was just seen
        if not published_type(converted, wanted[name], tool[name]):
            return False
        if standard(converted) not in [standard(other) for other in wanted[name]]:
            return False
    return all(name in given or "" in values for name, values in wanted.items())


def published_calls(
    made: Sequence[tuple[str, Mapping[str, object]]], wanted: Sequence[WantedCall], tool: Mapping[str, str]
) -> bool:
    """``parallel_function_checker_no_order`` of it."""
    left = {*range(len(made))}
    if len(made) != len(wanted):
        return False
    for one in wanted:
        of_the_name = [nth for nth in sorted(left) if made[nth][0] == one.name]
        found = [nth for nth in of_the_name if published_call(made[nth][1], one.arguments, tool)]
        if not found:
            return False
        left.remove(found[0])
    return True


def arguments(draw: random.Random, tool: Mapping[str, str]) -> Iterator[tuple[str, tuple[object, ...]]]:
    for name, kind in tool.items():
        values = tuple(draw.choices([one for one in DRAWN[kind] if one != ""], k=draw.randrange(1, 3)))
        yield name, (*values, "") if draw.random() < 0.4 else values


def given(draw: random.Random, wanted: WantedCall, tool: Mapping[str, str]) -> dict[str, object]:
    """Mostly what is wanted, with a slip now and then."""
    found: dict[str, Any] = {}
    for name, values in wanted.arguments.items():
        if "" in values and draw.random() < 0.5:
            continue
        slip = draw.random()
        odd = draw.choice((*DRAWN[tool[name]], *DRAWN[draw.choice([*DRAWN])]))
        found[name] = odd if slip < 0.15 else draw.choice([one for one in values if one != ""])
    if draw.random() < 0.05:
        found["other"] = 1
    return found


def test_tool_calls_are_checked_as_the_leaderboard_publishes_it(draw: random.Random) -> None:
    right = 0
    for _ in range(PAIRS):
        tool = {name: draw.choice([*TYPES]) for name in draw.sample("abc", k=draw.randrange(1, 4))}
        wanted = [WantedCall("f", dict(arguments(draw, tool))) for _ in range(draw.randrange(1, 3))]
        made = [("f" if draw.random() < 0.95 else "g", given(draw, one, tool)) for one in wanted]
        draw.shuffle(made)
        made = made[: len(made) - (draw.random() < 0.1)]
        schema = {"type": "object", "properties": {name: {"type": kind} for name, kind in tool.items()}}
        asked = item(calls=tuple(wanted), tools=(Tool("f", "", schema), Tool("g", "", schema)))
        mark = SCORERS["tool_calls"](said("", *((name, json.dumps(its)) for name, its in made)), asked)
        expected = published_calls(made, wanted, tool)
        assert mark.value == float(expected), (made, wanted, tool)
        right += expected
    assert PAIRS / 10 < right < PAIRS * 9 / 10
