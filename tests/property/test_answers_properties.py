from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.client.dialects.base import Conversing
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.framing import read_response
from pytest_fmbench.model.session import Answer
from pytest_fmbench.testing.agents.policy import Call, Said
from pytest_fmbench.testing.agents.speaking import spoken, tokens_of
from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.plan import Plan
from pytest_fmbench.testing.steps import Write
from tests.support.dialects import HERE
from tests.support.recordings import recorded
from tests.support.talks import answer_of

CONVERSING = [name for name in HERE if isinstance(DIALECTS[name](), Conversing)]
words = st.lists(st.text().filter(str.strip), max_size=4).map(" ".join).map(str.rstrip)
calls = st.lists(st.builds(Call, st.just(""), st.text(min_size=1), st.text()), max_size=4)
names = st.sampled_from(
    "choices delta message content tool_calls function name arguments index id type content_block partial_json "  # noqa: SIM905  # a list of words
    "item output text toolUse input start finish_reason thinking reasoning response done_reason".split()
)
jsons = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names | st.text(), inner, max_size=4),
    max_leaves=20,
)


def numbered(made: list[Call]) -> tuple[Call, ...]:
    return tuple(Call(f"call_{nth}", one.name, one.arguments) for nth, one in enumerate(made))


def answered(name: str, data: bytes) -> Answer:
    dialect = DIALECTS[name]()
    assert isinstance(dialect, Conversing)
    return dialect.answer(Body.of([(0, data)]))


@given(text=words, made=calls.map(numbered))
def test_what_is_read_is_what_the_mock_wrote(text: str, made: tuple[Call, ...]) -> None:
    said = Said(text, made)
    deltas = tokens_of(said)
    if not deltas:
        return
    for name, stream in (("openai-chat", True), ("openai-chat-whole", False)):
        asked = Asked("POST", "/v1/chat/completions", {}, json.dumps({"stream": stream}).encode())
        steps = spoken(asked, Plan([0.0] * len(deltas), limited=False, input_tokens=1), deltas, 0)
        response = b"".join(step.data for step in steps if isinstance(step, Write))
        found = answered(name, read_response(recorded(response, [])).body.data)
        assert (found.text, found.tool_calls) == (said.text, answer_of(said).tool_calls)
        assert found.finish_reason == ("tool_calls" if made else "stop")


@pytest.mark.parametrize("name", CONVERSING)
@given(said=st.lists(jsons, max_size=3), junk=st.binary(max_size=40))
def test_whatever_is_sent_nothing_raises_and_all_can_be_said_again(name: str, said: list[object], junk: bytes) -> None:
    for begin, end in ((b"data: ", b"\n\n"), (b"", b"\n"), (b"", b"")):
        data = b"".join(begin + json.dumps(one).encode() + end for one in said)
        for body in (data, data + junk, junk + data):
            found = answered(name, body)
            repr(found).encode()
            assert all(isinstance(one.name, str) and isinstance(one.arguments, str) for one in found.tool_calls)
