from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.client.dialects.anthropic_messages import AnthropicMessages
from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.model.prompt import ToolCall
from pytest_fmbench.model.session import Answer, TaskEnd
from pytest_fmbench.workloads.agents import SUITE
from pytest_fmbench.workloads.agents.agent import AgentSession
from pytest_fmbench.workloads.agents.agentic import agentic
from pytest_fmbench.workloads.agents.rules import Rules
from tests.support.talks import Told, carried_out

values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["\ud800", "tmp/", "add"])
)
names = st.sampled_from(
    ["operation", "a", "b", "key", "value", "prefix", "day", "hour", "title", "path", "text", "folder"]
)
arguments = st.text() | st.dictionaries(names | st.text(), values, max_size=4).map(json.dumps) | st.just("[" * 1500)
tools = st.sampled_from(
    ["calculate", "get", "put", "delete", "keys", "book", "read_file", "write_file", "count_folder"]
)
calls = st.builds(ToolCall, st.sampled_from(["a", "b", ""]), tools | st.text(), arguments)
answers = st.builds(Answer, text=st.text(), tool_calls=st.lists(calls, max_size=3).map(tuple))


@given(place=st.integers(0, len(SUITE) - 1), said=st.lists(answers, min_size=1, max_size=5))
def test_whatever_a_model_says_a_task_comes_to_an_end(place: int, said: list[Answer]) -> None:
    task = agentic([SUITE[place]]).session(0, 0).task
    talk = Told(answers=said)
    outcome = carried_out(AgentSession(task, Rules(turns=4), "s"), talk)
    assert outcome.end in (TaskEnd.DONE, TaskEnd.TURNS, TaskEnd.STUCK)
    assert 0 <= outcome.valid_tool_calls <= outcome.tool_calls
    for prompt in talk.prompts:
        for dialect in (OpenAIChat(), AnthropicMessages()):
            json.loads(dialect.call(prompt, "m", {}).body)
        results = {message.answers for message in prompt.messages if message.role == "tool"}
        made = [call.call_id for message in prompt.messages for call in message.tool_calls]
        assert results == {*made}
        assert len(made) == len({*made})
