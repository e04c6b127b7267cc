from __future__ import annotations

import pytest

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.stacks.options import counts

DEFAULTS = {"threads": 1, "slots": 4}


def deployment(**options: Option) -> Deployment:
    return Deployment("m", "toy", options=options)


def test_what_is_not_said_is_the_default() -> None:
    assert counts(deployment(), DEFAULTS) == {"threads": 1, "slots": 4}


def test_what_is_said_replaces_it_in_the_stacks_own_order() -> None:
    assert list(counts(deployment(slots=2, threads=3), DEFAULTS).items()) == [("threads", 3), ("slots", 2)]


def test_the_defaults_stay_as_they_are() -> None:
    counts(deployment(slots=2), DEFAULTS)
    assert DEFAULTS == {"threads": 1, "slots": 4}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("slot", "unknown option of stack 'toy': 'slot', did you mean 'slots'? Known: slots, threads"),
        ("gpu", "unknown option of stack 'toy': 'gpu'. Known: slots, threads"),
    ],
)
def test_an_unknown_option_lists_the_known_ones(name: str, message: str) -> None:
    with pytest.raises(UnknownName) as caught:
        counts(deployment(**{name: 1}), DEFAULTS)
    assert str(caught.value) == message


@pytest.mark.parametrize("value", [0, -1, 2.0, "2", True, False])
def test_a_value_that_is_no_count_is_named(value: Option) -> None:
    with pytest.raises(UsageError) as caught:
        counts(deployment(slots=value), DEFAULTS)
    assert str(caught.value).endswith(f": option slots={value!r} must be a whole number from 1")
