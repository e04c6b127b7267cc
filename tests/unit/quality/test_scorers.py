from __future__ import annotations

import json

import pytest

from pytest_fmbench.model.prompt import Tool
from pytest_fmbench.quality.abstention import abstains
from pytest_fmbench.quality.base import WantedCall
from pytest_fmbench.quality.numeric import Numeric, last_number
from pytest_fmbench.quality.scorers import SCORERS
from tests.support.answers import item, said, value


@pytest.mark.parametrize("name", list(SCORERS))
def test_a_scorer_is_called_as_the_catalog_calls_it(name: str) -> None:
    scorer = SCORERS[name]
    assert scorer.name == name
    assert hasattr(item().truth, scorer.needs)
    assert name in repr(scorer) or name.replace("_", "") in repr(scorer).lower()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("42", 42.0),
        ("so 3 + 4 = 7.", 7.0),
        ("#### 1,234,567.5", 1234567.5),
        ("-2", -2.0),
        ("1,2", 2.0),  # no thousands
        ("about 1.5e3 in all", 1500.0),
        ("none", None),
        ("", None),
    ],
)
def test_the_last_number_of_a_text(text: str, number: float | None) -> None:
    assert last_number(text) == number


@pytest.mark.parametrize(
    ("scorer", "text", "expected"),
    [
        (Numeric(), "100", 1.0),
        (Numeric(), "100.0", 1.0),
        (Numeric(), "101", 0.0),
        (Numeric(absolute=1.0), "101", 1.0),
        (Numeric(absolute=1.0), "102", 0.0),
        (Numeric(relative=0.05), "95", 1.0),
        (Numeric(relative=0.05), "94", 0.0),
    ],
)
def test_numbers_within_a_tolerance(scorer: Numeric, text: str, expected: float) -> None:
    assert scorer(said(text), item(answers=("100",))).value == expected


def test_what_holds_no_number_cannot_be_read() -> None:
    assert not SCORERS["numeric"](said("many"), item(answers=("3",))).parsed


def test_a_pattern_may_stand_anywhere() -> None:
    assert value("pattern", "I say yes to that", r"\byes\b") == 1.0
    assert value("pattern", "yesterday", r"\byes\b") == 0.0


SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}


@pytest.mark.parametrize(
    ("text", "expected", "parsed"),
    [
        ('{"age": 3}', 1.0, True),
        ('```json\n{"age": 3}\n```', 1.0, True),
        ('{"age": "three"}', 0.0, True),
        ("[]", 0.0, True),
        ('Here you are: {"age": 3}', 0.0, False),
        ("[" * 100_000, 0.0, False),
        ("", 0.0, False),
    ],
)
def test_json_that_keeps_a_schema(text: str, expected: float, parsed: bool) -> None:
    pytest.importorskip("jsonschema", reason="needs pytest-fmbench[quality]")
    mark = SCORERS["json_schema"](said(text), item(schema=SCHEMA))
    assert (mark.value, mark.parsed) == (expected, parsed)


WEATHER = WantedCall("weather", {"city": ("New York", "NYC"), "days": (3,), "unit": ("celsius", "")})


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"city": "New York", "days": 3}, 1.0),
        ({"city": "new-york.", "days": 3, "unit": "Celsius"}, 1.0),  # no matter how it is written
        ({"city": "nyc", "days": 3, "unit": "kelvin"}, 0.0),
        ({"city": "Boston", "days": 3}, 0.0),
        ({"city": "NYC"}, 0.0),  # days may not be left out
        ({"city": "NYC", "days": 3, "wind": True}, 0.0),
        ({"city": "NYC", "days": "3"}, 0.0),
        ({"city": "NYC", "days": 3.0}, 0.0),
        ({"city": "NYC", "days": True}, 0.0),
    ],
)
def test_a_tool_call(arguments: dict[str, object], expected: float) -> None:
    mark = SCORERS["tool_calls"](said("", ("weather", json.dumps(arguments))), item(calls=(WEATHER,)))
    assert (mark.value, mark.parsed) == (expected, True)


@pytest.mark.parametrize(
    ("wanted", "given", "kind", "expected"),
    [
        (2.5, 2.5, "number", 1.0),
        (2.0, 2, "number", 1.0),
        (2, 2.0, "number", 1.0),
        (2, 2.0, "integer", 0.0),
        (["a", "B"], ["A", "b"], "array", 1.0),
        (["a"], ["a", "b"], "array", 0.0),
        ({"x": 1}, {"x": 1}, "object", 1.0),
        ({"x": 1}, {"x": 1, "y": 2}, "object", 0.0),
        (None, None, "null", 1.0),
        (False, 0, "boolean", 0.0),
    ],
)
def test_values_of_each_kind(wanted: object, given: object, kind: str, expected: float) -> None:
    tool = Tool("f", "", {"type": "object", "properties": {"a": {"type": kind}}})
    asked = item(calls=(WantedCall("f", {"a": (wanted,)}),), tools=(tool,))
    assert SCORERS["tool_calls"](said("", ("f", json.dumps({"a": given}))), asked).value == expected


def test_several_calls_in_any_order_and_no_other() -> None:
    one, other = WantedCall("f", {"a": (1,)}), WantedCall("f", {"a": (1, 2)})
    asked = item(calls=(one, other))
    first, second, third = (("f", f'{{"a": {number}}}') for number in (1, 2, 3))
    score = SCORERS["tool_calls"]
    assert score(said("", second, first), asked).value == 1.0
    assert score(said("", first), asked).value == 0.0
    assert score(said("", first, third), asked).value == 0.0
    assert score(said("", first, second, second), asked).value == 0.0


@pytest.mark.parametrize("arguments", ["{", "[1]", "3", '{"a": 1'])
def test_broken_arguments_cannot_be_read(arguments: str) -> None:
    mark = SCORERS["tool_calls"](said("", ("f", arguments)), item(calls=(WantedCall("f", {"a": (1,)}),)))
    assert (mark.value, mark.parsed) == (0.0, False)


@pytest.mark.parametrize(
    "text",
    [
        "I don't know.",
        "I don’t know",  # noqa: RUF001  # models write that apostrophe
        "Sorry, I do not know who that is.",
        "I'm not sure about that.",
        "There is not enough information to say.",
        "Unanswerable",
        "It cannot be determined from the text.",
        "The text does not say.",
        "not mentioned",
        "抱歉，我不知道。",  # noqa: RUF001  # Chinese punctuation
        "无法确定",
    ],
)
def test_these_say_that_they_are_no_answer(text: str) -> None:
    assert abstains(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Oslo",
        "I know: Oslo",
        "The unknown soldier",
        "Knowing that I don't know is wisdom",
        "I don't know, but " + "let me think about it " * 20,
    ],
)
def test_these_do_not(text: str) -> None:
    assert not abstains(text)
