from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.load.arrivals import Closed, closed


def test_a_closed_load_is_its_number_of_users() -> None:
    assert closed(4) == Closed(4)
    assert closed(4) != closed(5)


def test_its_text_can_stand_in_a_node_id_and_behind_k() -> None:
    assert str(closed(4)) == "closed:4"


@pytest.mark.parametrize("users", [0, -1])
def test_nobody_is_no_load(users: int) -> None:
    with pytest.raises(UsageError, match=rf"^closed\({users}\): give a whole number of users, from 1$"):
        closed(users)


@pytest.mark.parametrize("users", [2.5, "2", None])
def test_a_part_of_a_user_is_refused(users: Any) -> None:
    with pytest.raises(UsageError, match=r"closed\("):
        closed(users)


def test_it_reaches_the_load_process_as_it_is() -> None:
    assert pickle.loads(pickle.dumps(closed(4))) == closed(4)  # noqa: S301


def test_it_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        closed(4).users = 5  # type: ignore[misc]
