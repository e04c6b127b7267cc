from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from pytest_fmbench.model.draws import constant
from pytest_fmbench.model.prompt import Message, ToolCall
from pytest_fmbench.model.session import Answer, Outcome, TaskEnd
from pytest_fmbench.testing import Failings
from pytest_fmbench.workloads.agents import Plan, SubAgent, Task, Tool, ToolError, Wanted
from pytest_fmbench.workloads.agents.agent import AgentSession
from pytest_fmbench.workloads.agents.base import PLAN_MARK
from pytest_fmbench.workloads.agents.rules import Rules
from pytest_fmbench.workloads.agents.tool import State
from tests.support.talks import FakeTalk, Told, carried_out

KEY = {"type": "object", "properties": {"key": {"type": "string"}}, "required": ["key"]}


def look(state: State, /, *, key: str) -> object:
    state["looks"] += 1
    if key not in state:
        raise ToolError(f"no {key}")
    return state[key]


LOOK = Tool("look", "Looks.", KEY, look)


def found(answer: str, state: Mapping[str, Any]) -> bool:
    return "gold" in answer and state["looks"] > 0


def errand(_: State, /, *, key: str) -> Task:
    return Task(f"Fetch {key}.", (LOOK,), None, {"looks": 0, "b": "gold"}, plan=plan("b", answer="It is gold."))


ERRAND = SubAgent("errand", "Sends another.", KEY, errand)


def plan(*keys: str, answer: str = "gold", tool: str = "look") -> Plan:
    return Plan([[Wanted(tool, {"key": key}) for key in keys]], answer)


TASK = Task("Where is it?", (LOOK, ERRAND), found, {"looks": 0, "a": "gold", "b": 2}, plan=plan("a", "b"))


def call(arguments: str = '{"key": "a"}', name: str = "look", call_id: str = "x") -> ToolCall:
    return ToolCall(call_id, name, arguments)


def ran(talk: FakeTalk, task: Task = TASK, **rules: Any) -> Outcome:
    return carried_out(AgentSession(task, Rules(**rules), "seed"), talk)


def told(*answers: Answer) -> Told:
    return Told(answers=answers)


def calls(*made: ToolCall, text: str = "") -> Answer:
    return Answer(text, tool_calls=made)


def results(messages: Sequence[Message]) -> list[tuple[str | None, str]]:
    return [(one.answers, one.content) for one in messages if one.role == "tool"]


def test_the_loop() -> None:
    talk = told(calls(call(), text="I look."), Answer("It is gold."))
    assert ran(talk) == Outcome(TaskEnd.DONE, True, 1, 1)
    first, second = talk.prompts
    assert [message.role for message in first.messages] == ["system", "user"]
    assert first.tools == (LOOK.told, ERRAND.told)
    assert first.max_tokens == 256
    assert second.messages[:2] == first.messages
    assert second.messages[2:] == (
        Message("assistant", "I look.", tool_calls=(call(),)),
        Message("tool", "gold", answers="x"),
    )
    assert TASK.state["looks"] == 0  # each session has its own


def test_several_calls_at_once() -> None:
    talk = told(calls(call(), call('{"key": "b"}', call_id="y")), Answer("gold"))
    assert ran(talk) == Outcome(TaskEnd.DONE, True, 2, 2)
    assert results(talk.prompts[1].messages) == [("x", "gold"), ("y", "2")]


@pytest.mark.parametrize("parallel", [True, False])
def test_tools_that_are_called_together_work_together_or_not(parallel: bool) -> None:
    class Watching(Told):
        at_work = most = 0

        async def use(self, tool: str, seconds: float, error: str | None = None) -> None:
            self.at_work += 1
            self.most = max(self.most, self.at_work)
            await super().use(tool, seconds, error)
            self.at_work -= 1

    talk = Watching(answers=(calls(call(), call(call_id="y")), Answer("gold")))
    ran(talk, parallel=parallel)
    assert talk.most == (2 if parallel else 1)


@pytest.mark.parametrize(
    ("bad", "repeated", "why"),
    [
        (call('{"key": '), call("{}"), "no JSON"),
        (call("[1]"), call("{}"), "no object"),
        (call('{"key": 3}'), call('{"key": 3}'), "no string"),
        (call(name="no such thing"), call(name="unknown"), "there is no tool"),
        (call(name=""), call(name="unknown"), "there is no tool ''"),
    ],
)
def test_a_call_that_is_not_valid_is_told_and_counted(bad: ToolCall, repeated: ToolCall, why: str) -> None:
    talk = told(calls(bad), calls(call(call_id="z")), Answer("gold"))
    assert ran(talk) == Outcome(TaskEnd.DONE, True, 2, 1)
    assert talk.prompts[1].messages[2].tool_calls == (repeated,)  # servers refuse what is no JSON object
    assert why in talk.prompts[1].messages[3].content
    assert talk.used == [("look", 0.0, None)]


def test_a_tool_that_fails_is_a_valid_call() -> None:
    talk = told(calls(call('{"key": "c"}')), Answer("gold"))
    assert ran(talk) == Outcome(TaskEnd.DONE, True, 1, 1)
    assert talk.used == [("look", 0.0, "ToolError: no c")]
    assert results(talk.prompts[1].messages) == [("x", '{"error": "ToolError: no c"}')]


def test_a_tool_that_hangs_is_given_up() -> None:
    talk = told(calls(call()), Answer("gold"))
    slow = {"look": constant(99.0)}
    assert ran(talk, tool_latency=slow, tool_timeout_s=2.0) == Outcome(TaskEnd.DONE, False, 1, 1)
    assert talk.used == [("look", 2.0, "look did not answer within 2 s")]


def test_latencies_are_drawn_by_tool() -> None:
    talk = told(calls(call(), call(call_id="y")), Answer("gold"))
    ran(talk, tool_latency={"": constant(1.0), "other": constant(2.0)})
    assert [seconds for _, seconds, _ in talk.used] == [1.0, 1.0]


def test_an_agent_that_never_stops() -> None:
    talk = told(calls(call()))
    assert ran(talk, turns=5) == Outcome(TaskEnd.TURNS, False, 5, 5)
    assert len(talk.prompts) == 5
    ids = [one.answers for one in talk.prompts[-1].messages if one.role == "tool"]
    assert len(set(ids)) == len(ids) == 4  # though the server calls all of them x


def test_an_agent_that_repeats_what_failed() -> None:
    talk = told(calls(call('{"key": "c"}')))
    assert ran(talk, turns=9, repeats=3) == Outcome(TaskEnd.STUCK, False, 3, 3)
    talk = told(calls(call("{")))
    assert ran(talk, turns=9, repeats=2) == Outcome(TaskEnd.STUCK, False, 2, 0)


@pytest.mark.parametrize(
    ("error", "end"),
    [
        ("status: 400: the request exceeds the available context size, try increasing it", TaskEnd.CONTEXT),
        ("status: 500: down", TaskEnd.REFUSED),
        ("timeout: after 60 s", TaskEnd.REFUSED),
        ("protocol: empty reply, finish reason 'stop'", TaskEnd.REFUSED),
    ],
)
def test_a_request_that_fails_ends_it(error: str, end: TaskEnd) -> None:
    assert ran(told(calls(call()), Answer(error=error))) == Outcome(end, False, 1, 1)


def test_a_wrong_answer_is_no_success_and_no_check_is_no_judgement() -> None:
    assert ran(told(Answer("lead"))) == Outcome(TaskEnd.DONE, False, 0, 0)
    assert ran(told(Answer("lead")), Task("Hello?", ())) == Outcome(TaskEnd.DONE, None, 0, 0)


def test_other_agents_work_at_the_same_time_in_conversations_of_their_own() -> None:
    both = Task("?", (ERRAND,), lambda answer, _: answer == "gold", plan=plan("1", "2", tool="errand"))
    talk = FakeTalk()
    assert ran(talk, both, plan_told=True) == Outcome(TaskEnd.DONE, True, 4, 4)
    asked = [prompt.messages[1].content.partition(PLAN_MARK)[0] for prompt in talk.prompts]
    assert asked == ["?", "Fetch 1.", "Fetch 2.", "Fetch 1.", "Fetch 2.", "?"]
    assert results(talk.prompts[-1].messages) == [("call_0", "It is gold."), ("call_1", "It is gold.")]


def test_another_agent_that_gives_up_has_failed() -> None:
    talk = FakeTalk(Failings(endless=True))
    task = Task("?", (ERRAND,), found, plan=plan("1", tool="errand"))
    assert ran(talk, task, plan_told=True, turns=2, repeats=9).end is TaskEnd.TURNS
    assert len(talk.prompts) == 2 + 2 * 2
    assert results(talk.prompts[-3].messages) == [("call_0", '{"error": "errand gave up: turns"}')]


def test_agents_that_send_each_other_on_without_end_are_stopped() -> None:
    def again(_: State, /, *, key: str) -> Task:
        return Task("?", (endless,), None, plan=plan(key, tool="again"))

    endless = SubAgent("again", "Sends another.", KEY, again)
    outcome = ran(FakeTalk(), again({}, key="1"), plan_told=True, turns=4, repeats=9)
    assert outcome.end is TaskEnd.TURNS
    assert outcome.tool_calls == 4 + 4**2 + 4**3


def test_an_answer_of_a_schema_is_asked_for_and_looked_at() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    task = Task("?", (), lambda answer, _: answer["n"] == 3, answer_schema=schema)
    talk = told(Answer('{"n": 3}'))
    assert ran(talk, task).success is True
    asked = {"name": "answer", "schema": schema, "strict": True}
    assert talk.prompts[0].fields == {"response_format": {"type": "json_schema", "json_schema": asked}}
    for wrong in ('{"n": 4}', '{"n": "3"}', "n is 3", ""):
        assert ran(told(Answer(wrong)), task).success is False
    plain = told(Answer('{"n": 3}'))
    ran(plain, task, structured=False, fields={"temperature": 0})
    assert plain.prompts[0].fields == {"temperature": 0}


def test_the_plan_is_told_only_where_that_is_asked_for() -> None:
    for plan_told in (True, False):
        talk = told(Answer("gold"))
        ran(talk, plan_told=plan_told)
        assert (PLAN_MARK in talk.prompts[0].messages[1].content) is plan_told


def test_what_a_task_raises_is_its_authors_mistake() -> None:
    def broken(_: str, __: Mapping[str, Any]) -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ran(told(Answer("x")), Task("?", (), broken))
