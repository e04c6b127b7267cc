"""What is taken as alike, in every dialect, is what is found when every event is parsed."""

from __future__ import annotations

import re
from itertools import chain
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.client.dialects import reading
from pytest_fmbench.client.dialects.alike import take_alike
from pytest_fmbench.client.dialects.base import Reply
from pytest_fmbench.client.dialects.body import Body
from tests.support.dialects import SPOKEN

EVENTS = [name for name, spoken in SPOKEN.items() if b"data:" in spoken.replies["content"].body]
TEXTS = [
    b"a",
    b"",
    "é".encode(),
    "🙂".encode(),
    rb"\n",
    rb"\"",
    rb"\u00e9",
    rb"\q",
    b'"',
    b"\0",
    b" ",
    b"\xff",
    b"\xe2\x82",
]
WORD = re.compile(rb'"(?:Hello|Hel|I)"')


def pieces(name: str) -> list[bytes]:
    """Every event of the dialect's replies; where there is a text in it, ``"%s"`` stands for that."""
    replies = SPOKEN[name].replies.values()
    return [WORD.sub(b'"%s"', piece.data) for said in replies for piece in said.pieces]


def streams(name: str) -> st.SearchStrategy[bytes]:
    said, text = pieces(name), st.lists(st.sampled_from(TEXTS), max_size=2).map(b"".join)
    filled = st.builds(lambda piece, inner: piece.replace(b'"%s"', b'"' + inner + b'"'), st.sampled_from(said), text)
    usual = next(piece for piece in said if b'"%s"' in piece)
    run = st.lists(text, max_size=80).map(lambda texts: [usual.replace(b"%s", inner) for inner in texts])
    return st.lists(st.one_of(filled.map(lambda one: [one]), run), max_size=6).map(lambda runs: b"".join(chain(*runs)))


@pytest.mark.parametrize("name", EVENTS)
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_fast_way_gives_what_the_plain_way_gives(name: str, data: st.DataObject) -> None:
    dialect, body = DIALECTS[name](), Body.of([(1, data.draw(streams(name)))])
    with patch.object(reading, "take_alike", return_value=()):
        plain: Reply = dialect.read(body)
    assert dialect.read(body) == plain


@pytest.mark.parametrize(
    "name", ["openai-chat", "openai-completions", "openai-responses", "anthropic-messages", "triton-generate"]
)
def test_events_that_are_alike_are_not_parsed(name: str) -> None:
    usual = next(piece for piece in pieces(name) if b'"%s"' in piece).replace(b"%s", b"a")
    with patch.object(reading, "take_alike", wraps=take_alike) as taken:
        found = DIALECTS[name]().read(Body.of([(1, usual * 500)]))
    assert len(found.chunks) == 500
    assert taken.call_count == 1
