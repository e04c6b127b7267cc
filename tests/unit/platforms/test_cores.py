from __future__ import annotations

import os
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.platforms.cores import Placement, place


def placed(wanted: int, allowed: set[int]) -> Placement:
    with patch.object(os, "sched_getaffinity", lambda _: allowed, create=True):
        return place(wanted)


@pytest.mark.parametrize(
    ("wanted", "server", "client"),
    [
        (1, (7,), (0, 2, 5)),
        (2, (5, 7), (0, 2)),
        (3, (2, 5, 7), (0,)),
    ],
)
def test_the_server_gets_the_last_cores_and_the_load_the_others(
    wanted: int, server: tuple[int, ...], client: tuple[int, ...]
) -> None:
    assert placed(wanted, {5, 0, 7, 2}) == Placement(server, client)


@pytest.mark.parametrize("wanted", [4, 5, 100])
def test_nobody_is_pinned_where_the_load_would_get_none(wanted: int) -> None:
    assert placed(wanted, {0, 1, 2, 3}) == Placement()


def test_nobody_is_pinned_on_a_single_core() -> None:
    assert placed(1, {3}) == Placement()


@pytest.mark.parametrize("wanted", [0, -1])
def test_a_server_that_wants_none_is_left_alone(wanted: int) -> None:
    assert placed(wanted, {0, 1}) == Placement()


def test_nobody_is_pinned_where_the_system_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert place(1) == Placement()


@given(st.integers(-2, 80), st.sets(st.integers(0, 300), min_size=1, max_size=64))
def test_every_core_has_one_owner_or_none_has(wanted: int, allowed: set[int]) -> None:
    found = placed(wanted, allowed)
    assert [*found.client, *found.server] == (sorted(allowed) if 0 < wanted < len(allowed) else [])
    assert bool(found.client) == bool(found.server)
