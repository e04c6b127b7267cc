from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.model.measurement import Window
from pytest_fmbench.runs.crew.phases import common, in_phases
from pytest_fmbench.store.schema import SCHEMA
from pytest_fmbench.store.table import to_table
from tests.support.records import record


def phases(begun: list[int], window: Window, requests: int | None = None) -> tuple[list[str], Window]:
    table, cut = in_phases(to_table(record(begun_ns=at, sent_ns=at) for at in begun), window, requests)
    assert table.schema.equals(SCHEMA)
    return table["phase"].to_pylist(), cut


def test_a_request_is_of_the_phase_in_which_it_began() -> None:
    found, window = phases([9, 10, 19, 20], Window(10, 20))
    assert found == ["warmup", "window", "window", "drain"]
    assert window == Window(10, 20)


def test_a_number_of_requests_ends_the_window_after_the_last_of_them() -> None:
    assert phases([9, 10, 12, 14], Window(10, 20), requests=2) == (
        ["warmup", "window", "window", "drain"],
        Window(10, 13),
    )


def test_too_few_requests_leave_the_window_as_it_was() -> None:
    assert phases([9, 10, 12, 25], Window(10, 20), requests=3)[1] == Window(10, 20)


def test_without_requests_there_are_no_phases() -> None:
    assert phases([], Window(10, 20), requests=3) == ([], Window(10, 20))


@given(st.lists(st.integers(0, 1000), unique=True), st.integers(0, 500), st.integers(0, 500), st.integers(1, 20))
def test_there_are_never_more_than_were_wanted_and_window_and_phases_agree(
    begun: list[int], begin: int, length: int, wanted: int
) -> None:
    found, window = phases(sorted(begun), Window(begin, begin + length), wanted)
    inside = [at for at, phase in zip(sorted(begun), found, strict=True) if phase == "window"]
    assert inside == [at for at in sorted(begun) if window.begin_ns <= at < window.end_ns]
    assert len(inside) == min(wanted, sum(begin <= at < begin + length for at in begun))


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ([Window(1, 9)], Window(1, 9)),
        ([Window(1, 9), Window(2, 10)], Window(2, 9)),
        ([Window(1, 3), Window(5, 9)], Window(5, 5)),
    ],
)
def test_the_common_window_is_what_all_have(windows: list[Window], expected: Window) -> None:
    assert common(windows) == expected
