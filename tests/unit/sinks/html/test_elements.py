from __future__ import annotations

import json

import pytest

from pytest_fmbench.model.readable import cut
from pytest_fmbench.sinks.html.elements import html_of, json_block, tag
from tests.support.pages import Page

HOSTILE = "</script><script>alert(1)</script><!--<b>&\"'"


def test_children_stand_in_order_and_nothing_is_left_out_but_none() -> None:
    made = tag("p", "a", tag("b", "c"), None, "d", [tag("i"), "e"], class_="x", data_sort=1, hidden=False, open=True)
    assert html_of(made) == '<p class="x" data-sort="1" open="">a<b>c</b>d<i></i>e</p>'


def test_text_is_no_markup_wherever_it_stands() -> None:
    read = Page(html_of(tag("p", HOSTILE, tag("i"), HOSTILE, title=HOSTILE)))
    assert read.tags == [("p", {"title": HOSTILE}), ("i", {})]
    assert read.text() == f"{HOSTILE} {HOSTILE}"


@pytest.mark.parametrize("unshown", ["\x00", "\x1b[31m", "\u202e", "\ud800", "\x85"])
def test_what_no_page_may_hold_is_replaced(unshown: str) -> None:
    assert html_of(tag("p", f"a{unshown}", title=unshown)).encode()
    assert unshown[0] not in html_of(tag("p", f"a{unshown}", title=unshown))


def test_a_text_that_nobody_reads_is_cut() -> None:
    assert cut("a  b\nc") == "a b c"
    assert cut("x" * 1_000_000, 10) == "xxxxxxxxx\u2026"


def test_no_text_ends_a_block_of_data() -> None:
    block = json_block("d", {"a": HOSTILE, "b": [1.5, None]})
    inner = block.removeprefix('<script type="application/json" id="d">').removesuffix("</script>")
    assert "<" not in inner
    assert json.loads(inner) == {"a": HOSTILE, "b": [1.5, None]}


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_block("d", float("inf"))
