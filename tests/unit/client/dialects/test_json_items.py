"""Any JSON: where its items lie, and what is said where there are none."""

from __future__ import annotations

import json

import pytest

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.client.dialects.json_items import JsonItems
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.prompt import Message, Prompt, Wanted
from pytest_fmbench.model.record import RequestRecord
from tests.support.recordings import framed, record_of, recorded

REPLY = {
    "status": "fine",
    "data": {"items": [{"id": 1}, {"id": 2}, {"id": 3}], "none": [], "null": None, "score": 7},
    "users": [{"liked": ["a", "b"]}, {"liked": ["c"]}, {"liked": []}],
}


def read(items: str, reply: object) -> RequestRecord:
    return record_of(recorded(framed(json.dumps(reply).encode(), []), []), JsonItems(items=items))


@pytest.mark.parametrize(
    ("path", "items"),
    [("data.items", 3), ("data.score", 1), ("data", 1), ("users.*.liked", 3), ("users.1.liked", 1), ("users.*", 3)],
)
def test_items_are_counted_where_they_lie(path: str, items: int) -> None:
    found = read(path, REPLY)
    assert (found.status, found.items, list(found.chunk_tokens)) == ("ok", items, [0])


@pytest.mark.parametrize(
    ("path", "reply", "told"),
    [
        ("data.item", REPLY, 'no such path "data.item": at "item" there is an object of items, none, null, score'),
        ("data.items.id", REPLY, 'no such path "data.items.id": at "id" there is a list of 3'),
        ("users.3.liked", REPLY, 'at "3" there is a list of 3'),
        ("status.items", REPLY, 'at "items" there is "fine"'),
        ("data.items", {}, 'at "data" there is an empty object'),
        ("data.items", [1], 'at "data" there is a list of 1'),
        (
            "a",
            {f"n{nth}": 0 for nth in range(99)},
            "there is an object of n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11",
        ),
    ],
)
def test_a_path_that_is_not_there_says_what_is(path: str, reply: object, told: str) -> None:
    found = read(path, reply)
    assert found.status == "failed"
    assert (found.error or "").startswith("protocol: unreadable event ")
    assert (found.error or "").endswith(told)
    assert found.items is None


@pytest.mark.parametrize("path", ["data.none", "data.null"])
def test_no_item_at_all_is_an_empty_reply(path: str) -> None:
    found = read(path, REPLY)
    assert (found.items, found.error) == (0, "protocol: empty reply, finish reason None")


def test_an_error_in_the_body_is_one() -> None:
    assert (
        read("data.items", {"error": {"message": "no user 7"}}).error == "status: error event in the stream: no user 7"
    )


def test_settings_stand_behind_the_name() -> None:
    dialect = DIALECTS["json?path=/v2/recommend&items=data.items&unit=users"]()
    assert dialect == JsonItems("/v2/recommend", "data.items", "users")
    call = dialect.call(Prompt((), 0, wanted=Wanted.JSON), "m", {"user": 7})
    assert (call.path, call.body) == ("/v2/recommend", b'{"user":7}')
    assert "json?path=/x" in DIALECTS
    assert "jason?path=/x" not in DIALECTS


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("json?url=/x", "unknown setting of the dialect 'json': 'url'.* Known: items, path, unit"),
        ("json?path", "give settings as name=value, with & between them"),
        ("json?path=recommend", "path='recommend': it begins with a slash, such as /recommend"),
        ("json?path=/a b", "begins with a slash"),
        ("json?items=data..items", r"items='data\.\.items': names with dots between"),
        ("openai-chat?path=/x", "unknown setting of the dialect 'openai-chat': 'path'"),
        ("jason?path=/x", "unknown dialect 'jason', did you mean 'json'"),
    ],
)
def test_a_setting_that_cannot_be_is_told(name: str, told: str) -> None:
    with pytest.raises((UsageError, UnknownName), match=told):
        DIALECTS[name]()


def test_a_text_is_no_body() -> None:
    with pytest.raises(UsageError, match=r"use a workload such as jsonl\("):
        JsonItems().call(Prompt((Message("user", "a"),), max_tokens=3), "m", {})
