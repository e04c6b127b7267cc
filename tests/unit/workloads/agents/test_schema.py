from __future__ import annotations

from typing import Any

import pytest

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.workloads.agents.schema import check_schema, problem_of

CITY = {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}, "required": ["city"]}


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string"}, ["", "a"], [1, None, []]),
        ({"type": "integer"}, [1, -2, 3.0, 10**400], [1.5, True, "1", float("inf"), float("nan")]),
        ({"type": "number"}, [1, 1.5], [False, "1", None]),
        ({"type": "boolean"}, [True, False], [0, 1, "true"]),
        ({"type": "null"}, [None], [0, ""]),
        ({"type": ["string", "number"]}, ["a", 2], [None, True]),
        ({"enum": ["a", 1, None]}, ["a", 1, None], ["b", True, 0]),
        ({"const": 3}, [3], [4, "3"]),
        ({"minimum": 9, "maximum": 16}, [9, 16, "not a number"], [8, 17]),
        ({"minLength": 1, "maxLength": 2}, ["a", "ab", 5], ["", "abc"]),
        ({"minItems": 1, "maxItems": 2}, [[1], "x"], [[], [1, 2, 3]]),
        ({"pattern": "^a+$"}, ["aa", 1], ["b", ""]),
        ({"type": "array", "items": {"type": "string"}}, [[], ["a"]], [["a", 1], "a"]),
        ({"anyOf": [{"type": "string"}, {"minimum": 3}]}, ["a", 4], [2]),
        ({"additionalProperties": False, "properties": {"a": {}}}, [{}, {"a": 1}], [{"b": 1}]),
        ({"additionalProperties": {"type": "string"}}, [{"b": "1"}], [{"b": 1}]),
        (CITY, [{"city": "x"}, {"city": "x", "days": 2, "more": 1}], [{}, {"city": 1}, {"city": "x", "days": "2"}, []]),
        ({"properties": {"a": {"properties": {"b": {"type": "null"}}}}}, [{"a": {"b": None}}], [{"a": {"b": 1}}]),
        ({"title": "t", "format": "date", "default": 1}, [1, "x"], []),
    ],
)
def test_what_a_schema_allows(schema: dict[str, Any], good: list[object], bad: list[object]) -> None:
    check_schema(schema)
    assert [value for value in good if problem_of(value, schema, "it")] == []
    assert [value for value in bad if not problem_of(value, schema, "it")] == []


def test_a_problem_names_the_place_and_the_value() -> None:
    assert problem_of({"city": 7}, CITY, "arguments") == "arguments.city is no string: 7"
    assert problem_of({}, CITY, "arguments") == "arguments.city is missing"
    listed = {"items": {"enum": ["a", "b"]}}
    assert problem_of(["a", "c"], listed, "them") == "them[1] is 'c', and may be 'a', 'b'"


def test_a_long_value_is_not_shown_whole() -> None:
    assert len(problem_of("x" * 10_000, {"type": "null"}, "it") or "") < 100


@pytest.mark.parametrize(
    "schema",
    [
        {"oneOf": []},
        {"type": "date"},
        {"properties": {"a": {"items": {"if": {}}}}},
        {"anyOf": [{"dependentRequired": {}}]},
        {"additionalProperties": {"not": {}}},
    ],
)
def test_a_keyword_that_nobody_looks_at_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(UnknownName, match="Known: "):
        check_schema(schema)


@pytest.mark.parametrize("schema", [{"items": True}, {"anyOf": [3]}, {"additionalProperties": None}])
def test_a_schema_is_an_object(schema: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="is no JSON schema that is known here"):
        check_schema(schema)
