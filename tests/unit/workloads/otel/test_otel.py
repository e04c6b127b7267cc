from __future__ import annotations

import asyncio
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench import otel
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Message, Prompt, Tool, ToolCall
from pytest_fmbench.model.session import Answer, Outcome, Sessions, TaskEnd
from pytest_fmbench.workloads.otel.recorded import Request, Use
from tests.support.spans import MS, span, write

ASKED = [
    {"role": "user", "parts": [{"type": "text", "content": "Weather in Paris?"}]},
    {"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "look", "arguments": {"at": "Paris"}}]},
    {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "result": "rainy, 57°F"}]},
]
TOLD = [{"type": "text", "content": "Be brief."}]
OFFERED = [{"type": "function", "name": "look", "description": "Looks.", "parameters": {"type": "object"}}]
SAID = {
    "gen_ai__input__messages": ASKED,
    "gen_ai__system_instructions": TOLD,
    "gen_ai__tool__definitions": OFFERED,
    "gen_ai__usage__input_tokens": 97,
    "gen_ai__usage__output_tokens": 52,
}


def chat(begin: int, end: int, **said: Any) -> dict[str, Any]:
    return span("chat", begin, end, **{"gen_ai__usage__input_tokens": 9, "gen_ai__usage__output_tokens": 3, **said})


def tool(begin: int, end: int, **said: Any) -> dict[str, Any]:
    return span("execute_tool", begin, end, gen_ai__tool__name="look", **said)


class Talk:
    """Notes what ends when. A reply takes twice as long as it took."""

    def __init__(self, fails: bool = False) -> None:
        self.noted, self.fails = list[tuple[str, float]](), fails

    async def ask(self, prompt: Prompt) -> Answer:
        del prompt
        await self._spend("ask", 0.2)
        return Answer(error="status: 500: down") if self.fails else Answer("x")

    async def think(self, seconds: float) -> None:
        await self._spend("think", seconds)

    async def use(self, tool: str, seconds: float, error: str | None = None) -> None:
        await self._spend(f"{tool} {error}", seconds)

    async def _spend(self, name: str, seconds: float) -> None:
        await asyncio.sleep(seconds / 10)
        self.noted.append((name, seconds))


@pytest.mark.parametrize("as_text", [True, False])
def test_messages_are_asked_as_they_were(tmp_path: Path, as_text: bool) -> None:
    said = {name: json.dumps(value) if as_text and isinstance(value, list) else value for name, value in SAID.items()}
    workload = otel(write(tmp_path / "a.jsonl", [chat(0, 100, **said)]))
    (trace,) = workload.traces
    (step,) = trace.steps
    assert isinstance(step, Request)
    assert workload.session(0, 0).prompt(step) == Prompt(
        (
            Message("system", "Be brief."),
            Message("user", "Weather in Paris?"),
            Message("assistant", "", tool_calls=(ToolCall("c1", "look", '{"at": "Paris"}'),)),
            Message("tool", "rainy, 57°F", answers="c1"),
        ),
        max_tokens=52,
        ignore_eos=True,
        tools=(Tool("look", "Looks.", {"type": "object"}),),
    )


def test_lengths_alone_are_asked_in_words(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl",
        [chat(0, 100, gen_ai__usage__input_tokens=40), chat(200, 300, gen_ai__usage__input_tokens=60)],
    )
    workload = otel(path, exact=False)
    first, second = workload.traces[0].steps
    with pytest.raises(UsageError, match="before it is fitted"):
        workload.session(0, 0).prompt(first)  # type: ignore[arg-type]  # a request
    fitted = workload.fit(lambda prompt: len(prompt.messages[0].content.split()) + 4)
    asked = [fitted.session(0, 0).prompt(step) for step in (first, second) if isinstance(step, Request)]
    assert [len(one.messages[0].content.split()) + 4 for one in asked] == [40, 60]
    assert asked[1].messages[0].content.startswith(asked[0].messages[0].content)  # as a conversation grows
    assert [one.ignore_eos for one in asked] == [False, False]
    assert fitted.session(1, 0).prompt(first) != asked[0]  # type: ignore[arg-type]  # a request


def test_what_went_on_at_the_same_time_does_so_again(tmp_path: Path) -> None:
    spans = [
        span("invoke_agent", 0, 1000, parent=""),
        chat(0, 100),
        tool(100, 300),
        tool(100, 500, error="lost"),
        chat(600, 700),
    ]
    workload = otel(write(tmp_path / "a.jsonl", spans))
    assert [type(step) for step in workload.traces[0].steps] == [Request, Use, Use, Request]
    assert workload.traces[0].waits == [([], 0), ([0], 0), ([0], 0), ([0, 1, 2], 100 * MS)]
    fitted, talk = workload.fit(lambda prompt: len(prompt.messages[0].content.split())), Talk()
    assert asyncio.run(fitted.session(0, 0).carry_out(talk)) == Outcome(TaskEnd.DONE, None)
    assert talk.noted == [("ask", 0.2), ("look None", 0.2), ("look lost", 0.4), ("think", 0.1), ("ask", 0.2)]


def test_a_request_that_fails_ends_the_session(tmp_path: Path) -> None:
    workload = otel(write(tmp_path / "a.jsonl", [chat(0, 100, **SAID), chat(200, 300, **SAID)]))
    talk = Talk(fails=True)
    assert asyncio.run(workload.session(0, 0).carry_out(talk)) == Outcome(TaskEnd.REFUSED, None)
    assert len(talk.noted) == 1


def test_a_tool_that_is_an_agent_is_replayed_by_what_it_asked(tmp_path: Path) -> None:
    outer = span("execute_tool", 100, 900, gen_ai__tool__name="errand")
    inner = span("invoke_agent", 110, 890, parent=outer["spanId"])
    asked = chat(120, 880, parent=inner["spanId"])
    workload = otel(write(tmp_path / "a.jsonl", [chat(0, 100), outer, inner, asked]))
    assert [type(step) for step in workload.traces[0].steps] == [Request, Request]


def test_traces_may_lie_across_lines_and_come_again(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl", [chat(500, 600, trace="b")], [chat(0, 100, trace="a")], [chat(700, 800, trace="b")]
    )
    workload = otel(path)
    assert isinstance(workload, Sessions)
    assert [(trace.trace_id, len(trace.steps)) for trace in workload.traces] == [("a", 1), ("b", 2)]
    assert workload.session(5, 0).trace.trace_id == "b"
    assert pickle.loads(pickle.dumps(workload)).session(2, 0).trace.trace_id == "a"  # noqa: S301  # ours


def test_what_failed_and_said_nothing_is_left_out(tmp_path: Path) -> None:
    failed = span("chat", 0, 50, error="reset")
    workload = otel(write(tmp_path / "a.jsonl", [failed, chat(100, 200)]))
    assert len(workload.traces[0].steps) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no span whose gen_ai.operation.name is chat"),
        ("{", "line 1: no export of spans"),
        ('{"resourceSpans": []}\n\n[1]', "line 3: no export of spans"),
        ('{"resourceSpans": [{"scopeSpans": [{"spans": [{}]}]}]}', "line 1: no export of spans"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(text)
    with pytest.raises(UsageError, match=says):
        otel(path).session(0, 0)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"gen_ai__usage__input_tokens": 0}, "neither gen_ai.input.messages nor gen_ai.usage.input_tokens"),
        ({"gen_ai__usage__output_tokens": 0}, "neither gen_ai.usage.output_tokens nor gen_ai.request.max_tokens"),
        ({"gen_ai__input__messages": "["}, "its messages are not as"),
        ({"gen_ai__input__messages": [{"role": "user"}]}, "its messages are not as"),
        ({"gen_ai__input__messages": '{"role": "user"}'}, "its messages are not as"),
        ({"gen_ai__tool__definitions": "[3]"}, "its messages are not as"),
    ],
)
def test_a_request_that_cannot_be_asked_again(tmp_path: Path, said: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=f"span chat-0-100-root.*{says}"):
        otel(write(tmp_path / "a.jsonl", [chat(0, 100, **said)])).session(0, 0)


def test_there_is_no_such_file() -> None:
    with pytest.raises(UsageError, match="No such file"):
        otel("nowhere.jsonl")
