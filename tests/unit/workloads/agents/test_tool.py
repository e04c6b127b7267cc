from __future__ import annotations

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import ToolCall
from pytest_fmbench.workloads.agents.tool import Checked, State, Tool, checked

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def weather(state: State, /, *, city: str) -> object:
    return state[city]


WEATHER = Tool("weather", "Tells the weather.", SCHEMA, weather)
TOOLS = {"weather": WEATHER}


def check(name: str, arguments: str) -> Checked:
    return checked(ToolCall("c", name, arguments), TOOLS)


def test_a_tool_is_told_and_used() -> None:
    assert WEATHER.told.parameters == SCHEMA
    assert WEATHER.use({"here": "rain"}, {"city": "here"}) == "rain"
    assert WEATHER.use({"here": {"mm": 3, "in": "Köln"}}, {"city": "here"}) == '{"mm": 3, "in": "Köln"}'


def test_a_valid_call() -> None:
    assert check("weather", '{"city": "x"}') == Checked(WEATHER, {"city": "x"}, None)


@pytest.mark.parametrize(
    ("name", "arguments", "problem"),
    [
        ("wether", '{"city": "x"}', "there is no tool 'wether', only weather"),
        ("", "{}", "there is no tool ''"),
        ("weather", '{"city": ', "the arguments are no JSON"),
        ("weather", "[" * 100_000, "the arguments are no JSON"),
        ("weather", "", "arguments.city is missing"),
        ("weather", " \n", "arguments.city is missing"),
        ("weather", "[]", "arguments is no object"),
        ("weather", '{"city": 3}', "arguments.city is no string"),
    ],
)
def test_a_call_that_is_not_valid(name: str, arguments: str, problem: str) -> None:
    found = check(name, arguments)
    assert problem in (found.problem or "")
    assert found.arguments == {}


def test_no_arguments_may_be_written_as_nothing() -> None:
    clock = Tool("clock", "Tells the time.", {"type": "object", "properties": {}}, lambda _: "noon")
    assert checked(ToolCall("c", "clock", ""), {"clock": clock}) == Checked(clock, {}, None)


def test_a_tool_that_servers_would_refuse() -> None:
    with pytest.raises(UsageError, match="a tool called 'two words': a name is up to 64 of"):
        Tool("two words", "", SCHEMA, weather)
    with pytest.raises(UsageError, match="tool weather: its parameters are a JSON schema of an object"):
        Tool("weather", "", {"type": "string"}, weather)
