from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from pytest_fmbench.model.session import Answer, Outcome, TaskEnd
from pytest_fmbench.workloads.agents import Task, Tool
from pytest_fmbench.workloads.agents.agent import AgentSession
from pytest_fmbench.workloads.agents.rules import Rules
from tests.support.talks import Told, carried_out

SCHEMA = {"type": "object", "properties": {"key": {"type": "string"}}, "required": ["key"]}
LOOK = Tool("look", "Looks.", SCHEMA, lambda state, *, key: state[key])
STOP = Tool("stop", "Stops.", {"type": "object"}, lambda _: "stopped")


def found(answer: str, _: Mapping[str, Any]) -> bool:
    return answer == "gold"


TASK = Task("Where is it?", (LOOK, STOP), found, {"a": "gold"}, system="Be brief.")


def ran(*texts: str, task: Task = TASK) -> tuple[Outcome, Told]:
    talk = Told(answers=[Answer(text) for text in texts])
    return carried_out(AgentSession(task, Rules(calls="json", turns=3), "s"), talk), talk


def test_calls_and_answers_are_json() -> None:
    outcome, talk = ran('{"tool": "look", "arguments": {"key": "a"}}', '{"answer": "gold"}')
    assert outcome == Outcome(TaskEnd.DONE, True, 1, 1)
    first, second = talk.prompts
    assert first.tools == ()
    assert first.messages[0].content.startswith(
        'Be brief.\n\nTools:\nlook: Looks. {"key": {"type": "string"}}\nstop: Stops. {}'
    )
    assert [(one.role, one.content) for one in second.messages[2:]] == [
        ("assistant", '{"tool": "look", "arguments": {"key": "a"}}'),
        ("user", "look gave: gold"),
    ]
    call, _, answer = first.fields["response_format"]["json_schema"]["schema"]["anyOf"]  # type: ignore[index]  # JSON
    assert call["properties"] == {"tool": {"const": "look"}, "arguments": SCHEMA}
    assert answer["properties"] == {"answer": {"type": "string"}}


@pytest.mark.parametrize("text", ['{"tool": "look", "argum', "I look.", "[]", "", "[" * 100_000, '{"tool": 3}'])
def test_what_is_neither_is_a_call_that_is_not_valid(text: str) -> None:
    outcome, talk = ran(text, '{"answer": "gold"}')
    assert outcome == Outcome(TaskEnd.DONE, True, 1, 0)
    assert "error" in talk.prompts[1].messages[-1].content


def test_an_answer_may_have_a_schema() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    task = Task("?", (), lambda answer, _: answer == {"n": 3}, answer_schema=schema)
    outcome, talk = ran(json.dumps({"answer": {"n": 3}}), task=task)
    assert outcome.success is True
    (answer,) = talk.prompts[0].fields["response_format"]["json_schema"]["schema"]["anyOf"]  # type: ignore[index]  # JSON
    assert answer["properties"] == {"answer": schema}


def test_an_answer_that_was_cut_is_no_call() -> None:
    outcome, talk = ran('{"answer": "gold')
    assert outcome == Outcome(TaskEnd.DONE, True, 0, 0)
    assert len(talk.prompts) == 1
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    outcome, _ = ran('{"answer": {"n": 3', task=Task("?", (), answer_schema=schema))
    assert outcome == Outcome(TaskEnd.DONE, False, 0, 0)
