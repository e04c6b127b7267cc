from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.errors import UnknownName
from pytest_fmbench.model.conditions import GROUPS, Conditions, allowed, differences

VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
CONDITIONS = st.dictionaries(st.sampled_from(GROUPS), st.dictionaries(st.text(max_size=3), VALUES, max_size=4))


def test_what_differs_is_told_from_before_to_after() -> None:
    before = {"machine": {"cpu": "A", "cores": 8}, "load": {"arrivals": "Closed(users=1)"}}
    after: Conditions = {"machine": {"cpu": "B", "cores": 8}, "load": {"arrivals": "Closed(users=2)"}}
    assert differences(before, after) == {
        "machine": ["cpu: A -> B"],
        "load": ["arrivals: Closed(users=1) -> Closed(users=2)"],
    }


def test_what_one_does_not_say_differs() -> None:
    assert differences({}, {"stack": {"version": "1"}}) == {"stack": ["version: not recorded -> 1"]}
    assert differences({"stack": {"version": None}}, {}) == {"stack": ["version: None -> not recorded"]}
    assert differences({"stack": "nonsense"}, {"stack": {}}) == {}


def test_two_that_do_not_know_are_alike() -> None:
    assert differences({"stack": {"version": "unknown"}}, {"stack": {"version": "unknown"}}) == {}


@given(CONDITIONS, CONDITIONS)
def test_they_differ_in_the_same_groups_either_way(
    one: dict[str, dict[str, str]], other: dict[str, dict[str, str]]
) -> None:
    assert differences(one, one) == {}
    assert differences(one, other).keys() == differences(other, one).keys()


@pytest.mark.parametrize(
    ("text", "expected"), [("", set()), ("machine", {"machine"}), (" stack , machine,", {"machine", "stack"})]
)
def test_groups_may_be_allowed_to_differ(text: str, expected: set[str]) -> None:
    assert allowed(text) == expected


@pytest.mark.parametrize("text", ["machin", "machine;stack", "all"])
def test_a_group_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(UnknownName, match=r"unknown condition '.*Known: client, deployment, load, machine"):
        allowed(text)
