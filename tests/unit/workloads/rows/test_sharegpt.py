from __future__ import annotations

import asyncio
import gzip
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench import sharegpt
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.finite import Finite
from pytest_fmbench.model.session import Outcome, Sessions
from pytest_fmbench.workloads.rows.sharegpt import array_of
from tests.support.conversing import Alone
from tests.support.rows import asked, json_lines


def conversation(*said: tuple[str, object]) -> dict[str, object]:
    return {"id": "x_0", "conversations": [{"from": who, "value": what} for who, what in said]}


TALKS = [
    conversation(("human", "hello"), ("gpt", "hi"), ("human", "why?"), ("gpt", "so")),
    conversation(("gpt", "the end of a reply"), ("human", "thanks"), ("gpt", "welcome")),
    conversation(
        ("system", "be brief"), ("human", "one"), ("chatgpt", "1"), ("user", "two"), ("gpt", "2"), ("human", "3")
    ),
]


def said(path: Path, index: int, **options: Any) -> list[tuple[str, str]]:
    prompt = sharegpt(path, **options).prompt(index, seed=0)
    return [(message.role, message.content) for message in prompt.messages]


@pytest.fixture
def talks(tmp_path: Path) -> Path:
    path = tmp_path / "talks.json"
    path.write_text(json.dumps(TALKS, indent=2), "utf-8")
    return path


def test_the_first_message_of_the_user(talks: Path) -> None:
    assert said(talks, 0) == [("user", "hello")]
    assert said(talks, 1) == [("user", "thanks")]
    assert said(talks, 2) == [("system", "be brief"), ("user", "one")]
    assert sharegpt(talks).prompt(0, 0).max_tokens == 64


def test_a_conversation_up_to_a_turn(talks: Path) -> None:
    assert said(talks, 0, turn=1) == [("user", "hello"), ("assistant", "hi"), ("user", "why?")]
    assert said(talks, 0, turn=2)[-2:] == [("assistant", "2"), ("user", "3")]
    assert sharegpt(talks, turn=1).facts()["left_out"] == {"with fewer turns": 1}
    assert sharegpt(talks, turn=1).prompt(0, 0).turn == 1


def test_a_system_message_for_those_that_have_none(talks: Path) -> None:
    assert said(talks, 0, system="be kind") == [("system", "be kind"), ("user", "hello")]
    assert said(talks, 2, system="be kind") == [("system", "be brief"), ("user", "one")]


@pytest.mark.parametrize("indent", [None, 0, 4])
@pytest.mark.parametrize("packed", [False, True])
def test_an_array_however_it_is_written(tmp_path: Path, indent: int | None, packed: bool) -> None:
    data = json.dumps(TALKS, indent=indent, ensure_ascii=indent is None).encode("utf-8-sig" if indent else "utf-8")
    (tmp_path / "x").write_bytes(gzip.compress(data) if packed else data)
    assert asked(sharegpt(tmp_path / "x")) == ["hello", "thanks", "one"]


def test_json_lines_too_and_roles_by_other_names(tmp_path: Path) -> None:
    lines = json_lines(tmp_path / "x", [{"conversations": [{"role": "user", "content": "hello"}]}])
    assert asked(sharegpt(lines), 1) == ["hello"]


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        ({"id": "x"}, "without 'conversations'"),
        ({"conversations": "hello"}, "whose conversation is no list"),
        ({"conversations": []}, "with fewer turns"),
        ({"conversations": ["hello"]}, "with a message that is none"),
        (conversation(("tool", "x")), "with a message of nobody known"),
        (conversation(("human", "")), "with an empty message"),
        (conversation(("human", None)), "with an empty message"),
        (conversation(("human", "\ud800")), "with text that is no UTF-8"),
        ("hello", "no JSON object"),
    ],
)
def test_what_is_no_conversation(tmp_path: Path, talk: object, reason: str) -> None:
    (tmp_path / "x").write_text(json.dumps([talk, TALKS[0]]))
    assert sharegpt(tmp_path / "x").facts()["left_out"] == {reason: 1}


def test_a_file_that_is_cut_off_gives_what_is_before_that(talks: Path) -> None:
    data = talks.read_bytes()
    talks.write_bytes(data[: len(data) - 60])
    assert sharegpt(talks).facts()["left_out"] == {"cut off or not JSON, and what is behind it": 1}
    assert asked(sharegpt(talks), 2) == ["hello", "thanks"]


def test_bytes_that_are_no_text_cost_one_conversation(talks: Path) -> None:
    talks.write_bytes(talks.read_bytes().replace(b"thanks", b"th\xffnks"))
    assert asked(sharegpt(talks), 2) == ["hello", "one"]
    assert sharegpt(talks).facts()["left_out"] == {"with text that is no UTF-8": 1}


@pytest.mark.parametrize("size", [1, 2, 7, 64, 1000])
def test_pieces_of_any_size_are_one_array(size: int) -> None:
    data = json.dumps(
        [{"a": "\u00e4\U0001f600" * nth, "b": [{}, nth]} for nth in range(30)], ensure_ascii=False
    ).encode()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert [*array_of(pieces)] == json.loads(data)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"turn": -1}, r"turn=-1\): give a whole number from 0"),
        ({"output_tokens": "length"}, "output_tokens='length'"),
        ({"system": 3}, "system=3"),
        ({"prompt": "{x}"}, r"unknown option of sharegpt\(\) 'prompt'"),
    ],
)
def test_an_option_that_cannot_be(talks: Path, options: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        sharegpt(talks, **options)


def held(path: Path, index: int, **how: Any) -> tuple[Alone, Outcome]:
    talk = Alone()
    return talk, asyncio.run(sharegpt(path, output_tokens=9).sessions(**how).session(index, 0).carry_out(talk))


def test_a_conversation_is_held_again_with_the_models_own_answers(talks: Path) -> None:
    talk, outcome = held(talks, 2, think="2s")
    assert outcome.success
    said = [(message.role, message.content) for message in talk.prompts[-1].messages]
    assert said == [
        ("system", "be brief"),
        *(("user", "one"), ("assistant", "answer 2"), ("user", "two"), ("assistant", "answer 4"), ("user", "3")),
    ]
    assert {prompt.max_tokens for prompt in talk.prompts} == {9}
    assert talk.thought == [2.0, 2.0]
    assert [len(held(talks, index, turns=2)[0].prompts) for index in range(4)] == [2, 1, 2, 2]


def test_sessions_are_sent_to_load_processes_and_say_what_they_are(talks: Path) -> None:
    found = sharegpt(talks, rows=2).sessions(4, think="exponential:1").fit(lambda _: 9)
    assert pickle.loads(pickle.dumps(found)).session(0, 0) == found.session(0, 0)  # noqa: S301  # our own
    assert repr(found) == "sharegpt('talks.json', rows=2).sessions(turns=4, think='exponential:1')"
    assert str(found) == "sharegpt:talks:rows-2:sessions"
    assert isinstance(found, Sessions)
    assert isinstance(found, Finite)
    assert found.facts()["requests"] == 2


def test_sessions_that_cannot_be_are_refused(talks: Path) -> None:
    with pytest.raises(UsageError, match="leave turn= out"):
        sharegpt(talks, turn=1).sessions()
    with pytest.raises(UsageError, match=r"sharegpt\(\.\.\.\)\.sessions\(turns=0\)"):
        sharegpt(talks).sessions(0)
    with pytest.raises(UsageError, match=r"sharegpt\(\.\.\.\)\.sessions\(think='soon'\)"):
        sharegpt(talks).sessions(think="soon")
