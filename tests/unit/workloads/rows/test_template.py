from __future__ import annotations

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.workloads.rows.base import Unusable
from pytest_fmbench.workloads.rows.template import Template


def test_names_stand_for_columns_and_doubled_braces_for_braces() -> None:
    template = Template("{{{a}}} {b c} {{a}} {a}")
    assert template.columns == ("a", "b c")
    assert template.filled({"a": "x", "b c": 2.5, "more": None}) == "{x} 2.5 {a} x"


def test_what_a_row_holds_is_not_looked_into() -> None:
    assert Template("{a}|{b}").filled({"a": "{b} {{ %s", "b": "\\1"}) == "{b} {{ %s|\\1"


@pytest.mark.parametrize("name", ["a.__class__", "a[0]", "a!r", "a:>9", "0", " a"])
def test_a_name_is_only_a_name(name: str) -> None:
    template = Template("{" + name + "}")
    assert template.columns == (name,)
    with pytest.raises(Unusable, match="without"):
        template.filled({"a": "x"})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ab {", r"a single '\{': double it where it is no column's; character 3, in 'ab \{'"),
        ("ab } c", r"a single '\}'.* character 3"),
        ("{}", "names no column"),
        ("{a{b}}", r"a single '\{'"),
        ("{{}", r"a single '\}'"),
    ],
)
def test_a_brace_out_of_place_is_pointed_at(text: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        Template(text)


@pytest.mark.parametrize(
    ("row", "reason"),
    [({}, "without 'a'"), ({"a": None}, "with nothing in 'a'"), ({"a": ["x"]}, "whose 'a' is no text")],
)
def test_a_row_that_does_not_fill_it(row: dict[str, object], reason: str) -> None:
    with pytest.raises(Unusable) as found:
        Template("{a}").filled(row)
    assert str(found.value) == reason
