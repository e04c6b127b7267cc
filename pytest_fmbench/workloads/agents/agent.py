"""An agent at work: ask, use what is called, tell what came of it, ask again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from pytest_fmbench.model.prompt import Message, ToolCall
from pytest_fmbench.model.session import Outcome, Talk, TaskEnd, end_by
from pytest_fmbench.workloads.agents.base import failure, is_failure, sound
from pytest_fmbench.workloads.agents.manners import MANNERS
from pytest_fmbench.workloads.agents.rules import Rules
from pytest_fmbench.workloads.agents.task import Task
from pytest_fmbench.workloads.agents.tool import State, SubAgent, Tool, checked
from pytest_fmbench.workloads.together import all_of

_DEEPEST = 3
"""Agents that may work for each other, the first one counted."""


@dataclass
class _Tally:
    calls: int = 0
    valid: int = 0


@dataclass(frozen=True)
class _Worked:
    """What an agent came to: how it ended, and what it said last."""

    end: TaskEnd
    said: str = ""


@dataclass(frozen=True)
class AgentSession:
    """One task from its question to its end; see :class:`~pytest_fmbench.model.session.Session`.

    :param drawn: what the latencies of its tools are drawn from.
    """

    task: Task
    rules: Rules
    drawn: str

    async def carry_out(self, talk: Talk) -> Outcome:
        """Work on it until there is an answer, or no more turn."""
        tally, state = _Tally(), deepcopy(dict(self.task.state))
        worked = await _Agent(self.task, state, self.rules, talk, self.drawn, tally).work()
        success = self.task.judge(worked.said, state) if worked.end is TaskEnd.DONE else False
        return Outcome(worked.end, success, tally.calls, tally.valid)


@dataclass
class _Agent:
    """One conversation."""

    task: Task
    state: State
    rules: Rules
    talk: Talk
    drawn: str
    tally: _Tally
    depth: int = 1
    used: int = 0
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def work(self) -> _Worked:
        manner, said = MANNERS[self.rules.calls], self._opening()
        for _ in range(self.rules.turns):
            answer = await self.talk.ask(manner.prompt(said, self.task, self.rules))
            if answer.error is not None:
                return _Worked(end_by(answer.error))
            answer, reply = manner.heard(answer), answer
            if not answer.tool_calls:
                return _Worked(TaskEnd.DONE, answer.text)
            calls = _named_apart(answer.tool_calls, {call.call_id for one in said for call in one.tool_calls})
            said += manner.told(reply, calls, await self._results(calls))
            if max(self.failed.values(), default=0) >= self.rules.repeats:
                return _Worked(TaskEnd.STUCK)
        return _Worked(TaskEnd.TURNS)

    def _opening(self) -> list[Message]:
        plan = self.task.plan.told() if self.task.plan and self.rules.plan_told else ""
        system = MANNERS[self.rules.calls].opening(self.task)
        return [Message("system", system), Message("user", self.task.question + plan)]

    async def _results(self, calls: Sequence[ToolCall]) -> list[str]:
        """What came of calls, in their order."""
        if self.rules.parallel:
            results = await all_of([self._result(call) for call in calls])
        else:
            results = [await self._result(call) for call in calls]
        for call, result in zip(calls, results, strict=True):
            self.failed[call.name, call.arguments] += is_failure(result)
        return results

    async def _result(self, call: ToolCall) -> str:
        found = checked(call, {tool.name: tool for tool in self.task.tools})
        self.tally.calls += 1
        if found.problem is not None:
            return failure(found.problem)
        self.tally.valid += 1
        self.used += 1
        drawn = f"{self.drawn}/tool:{self.used}"
        if isinstance(found.tool, SubAgent):
            return await self._delegate(found.tool, found.arguments, drawn)
        return await self._use(found.tool, found.arguments, drawn) if found.tool else failure("no tool")

    async def _use(self, tool: Tool, arguments: Any, drawn: str) -> str:  # noqa: ANN401  # what a model wrote
        seconds, limit_s = self.rules.latency_s(tool.name, drawn), self.rules.tool_timeout_s
        if seconds > limit_s:
            late = f"{tool.name} did not answer within {limit_s:g} s"
            await self.talk.use(tool.name, limit_s, late)
            return failure(late)
        why: str | None = None
        try:
            result = tool.use(self.state, arguments)
        except Exception as error:  # noqa: BLE001  # whatever a tool raises, it failed, and the model is told
            why = sound(f"{type(error).__name__}: {error}")
            result = failure(why)
        await self.talk.use(tool.name, seconds, why)
        return result

    async def _delegate(self, tool: SubAgent, arguments: Any, drawn: str) -> str:  # noqa: ANN401  # likewise
        if self.depth == _DEEPEST:
            return failure(f"{tool.name}: only {_DEEPEST} agents may work for each other")
        try:
            task = tool.task(self.state, **arguments)
        except Exception as error:  # noqa: BLE001  # as of any tool
            return failure(f"{type(error).__name__}: {error}")
        state = deepcopy(dict(task.state))
        worked = await _Agent(task, state, self.rules, self.talk, drawn, self.tally, self.depth + 1).work()
        return worked.said if worked.end is TaskEnd.DONE else failure(f"{tool.name} gave up: {worked.end.value}")


def _named_apart(calls: Sequence[ToolCall], known: set[str]) -> list[ToolCall]:
    """The calls, each under an id that no other of the conversation has, since results refer to it."""
    apart = []
    for call in calls:
        if call.call_id in known:
            call = replace(call, call_id=f"call_{len(known)}")  # noqa: PLW2901  # the same call under another id
        known.add(call.call_id)
        apart.append(call)
    return apart
