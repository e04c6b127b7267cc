"""Text in columns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.model.columns import aligned, apart, figures

TABLES = st.integers(1, 5).flatmap(
    lambda columns: st.lists(st.tuples(*[st.text("ab", min_size=1, max_size=9)] * columns), max_size=6)
)


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert aligned([("a", "bb", "c"), ("aaa", "b", "cccc")]) == ["a    bb  c", "aaa  b   cccc"]


def test_numbers_stand_at_the_right_edge() -> None:
    assert figures([("case", "ms"), ("a", "1000")]) == ["case    ms", "a     1000"]
    assert aligned([("a", "b"), ("aaa", "bbb")], right={0}) == ["  a  b", "aaa  bbb"]


def test_of_no_rows_there_are_no_lines() -> None:
    assert aligned([]) == figures([]) == []


@given(TABLES)
def test_each_cell_is_there_in_its_order(rows: list[tuple[str, ...]]) -> None:
    assert [tuple(line.split()) for line in aligned(rows)] == rows
    assert [tuple(line.split()) for line in figures(rows)] == rows


def test_blocks_stand_apart() -> None:
    assert list(apart(["a", "b"], [], ["c"], ())) == ["a", "b", "", "c"]
    assert list(apart()) == list(apart([])) == []


def test_where_a_terminal_is_narrow_names_stand_above_their_numbers() -> None:
    rows = [("case", "ttft", "errors"), ("a_long_name", "4 ms", "0%")]
    assert figures(rows, 27) == ["case         ttft  errors", "a_long_name  4 ms      0%"]
    assert figures(rows, 24) == ["    ttft  errors", "a_long_name", "    4 ms      0%"]
