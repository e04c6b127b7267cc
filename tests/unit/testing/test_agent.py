from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.testing import Failings, agent, constant, serving
from pytest_fmbench.testing.agents.policy import NO_PLAN, UNKNOWN, WRONG, Call, Said, next_said
from pytest_fmbench.workloads.agents.base import Plan, Wanted, failure
from tests.unit.testing.talk import get, post

A, B, C = (Wanted("look", {"at": name}) for name in "abc")
PLAN = Plan([[A, B], [C]], "It is red.", index=7)
QUESTION = {"role": "user", "content": f"What is it?{PLAN.told()}"}
SYSTEM = {"role": "system", "content": "Be brief."}


def called(*calls: Call) -> dict[str, Any]:
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": one.call_id, "function": {"name": one.name, "arguments": one.arguments}} for one in calls
        ],
    }


def result(call: Call, content: str = "red") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call.call_id, "content": content}


def wanted(nth: int, one: Wanted) -> Call:
    return Call(f"call_{nth}", one.name, json.dumps(one.arguments))


def conversation(failings: Failings, turns: int) -> list[Said]:
    """What is said, where every call that can be read goes well."""
    messages, said = [SYSTEM, QUESTION], []
    for _ in range(turns):
        said.append(next_said(messages, failings))
        for call in said[-1].calls:
            sound = call.name == "look" and "at" in call.arguments and call.arguments.endswith("}")
            repeated = call if sound else Call(call.call_id, "look", "{}")
            messages += [called(repeated), result(call, "red" if sound else failure("no"))]
    return said


def test_it_follows_the_plan() -> None:
    assert conversation(Failings(), 3) == [
        Said(calls=(wanted(0, A), wanted(1, B))),
        Said(calls=(wanted(2, C),)),
        Said("It is red."),
    ]


def test_what_failed_is_called_again_alone() -> None:
    first, second = wanted(0, A), wanted(1, B)
    messages = [QUESTION, called(first, second), result(first, failure("lost")), result(second)]
    assert next_said(messages, Failings()) == Said(calls=(wanted(2, A),))


def test_without_a_plan_it_says_so() -> None:
    assert next_said([{"role": "user", "content": "Hello?"}], Failings()) == Said(NO_PLAN)
    assert next_said([SYSTEM], Failings()) == Said(NO_PLAN)


def test_each_second_call_is_broken() -> None:
    said = conversation(Failings(broken_every=2), 5)
    assert [[one.arguments for one in each.calls] for each in said] == [
        ['{"at": "a"}', '{"at": "b"'],
        ['{"at": "b"}'],
        ['{"at": "c"'],
        ['{"at": "c"}'],
        [],
    ]


def test_other_failings() -> None:
    assert [one.name for one in conversation(Failings(unknown_every=2), 1)[0].calls] == ["look", UNKNOWN]
    assert conversation(Failings(invalid_every=1), 1)[0].calls[0].arguments == '{"nothing": null}'
    assert conversation(Failings(wrong_every=8), 3)[-1] == Said(WRONG)
    assert conversation(Failings(wrong_every=7), 3)[-1] == Said("It is red.")
    assert {one.calls[0].name for one in conversation(Failings(endless=True), 9)} == {"look"}
    assert {one.calls[0].arguments for one in conversation(Failings(stuck=True), 9)} == {'{"at": "a"'}


def test_no_share_below_nothing() -> None:
    with pytest.raises(UsageError, match="broken_every=-1"):
        Failings(broken_every=-1)


def test_it_tells_tokens_and_what_was_cached() -> None:
    first = wanted(0, A)
    with serving(agent(ttft=constant(0.001))) as mock:
        body = post(mock.port, messages=[SYSTEM, QUESTION, called(first), result(first, "red and blue")]).body
        assert get(mock.port, "/v1/models").status == 200
        (truth,) = (one for one in mock.truths() if one.tokens)
    said = json.loads(body)
    words = len(f"Be brief. {QUESTION['content']}".split())
    assert said["usage"]["prompt_tokens_details"]["cached_tokens"] == words
    assert said["usage"]["prompt_tokens"] == words + 3
    assert said["usage"]["completion_tokens"] == sum(truth.tokens)
    assert said["choices"][0]["finish_reason"] == "tool_calls"
    assert said["choices"][0]["message"]["tool_calls"] == [
        {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at": "b"}'}}
    ]


def test_it_is_cut_at_the_limit() -> None:
    with serving(agent()) as mock:
        said = json.loads(post(mock.port, messages=[QUESTION], max_tokens=2).body)
    assert said["choices"][0]["finish_reason"] == "length"
    assert said["usage"]["completion_tokens"] == 2
    assert said["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == '{"at"'


def test_it_refuses_what_outgrows_it_and_what_is_none() -> None:
    with serving(agent(context=5)) as mock:
        long, empty = post(mock.port, messages=[QUESTION]), post(mock.port)
        elsewhere = post(mock.port, "/v1/completions", messages=[QUESTION])
    assert long.status == 400
    assert b"exceeds the available context size" in long.body
    assert (empty.status, elsewhere.status) == (400, 404)


def test_it_travels() -> None:
    script = agent(Failings(broken_every=3))
    assert pickle.loads(pickle.dumps(script)) == script  # noqa: S301  # ours
