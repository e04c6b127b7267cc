"""Agents that work on tasks with tools, and are seen to have done them or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from random import Random

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.draws import Distribution
from pytest_fmbench.model.numbers import is_count, is_number
from pytest_fmbench.workloads.agents.agent import AgentSession
from pytest_fmbench.workloads.agents.manners import MANNERS
from pytest_fmbench.workloads.agents.rules import Rules, latencies
from pytest_fmbench.workloads.agents.suite import SUITE
from pytest_fmbench.workloads.agents.task import Maker, Task

Latency = float | str | Distribution


@dataclass(frozen=True)
class Agentic:
    """See :func:`agentic`."""

    tasks: tuple[Maker | Task, ...]
    rules: Rules = field(default_factory=Rules)

    def session(self, index: int, seed: int) -> AgentSession:
        """Session ``index``: each task comes once, in an order drawn from ``seed``, before one comes again."""
        turn, place = divmod(index, len(self.tasks))
        found = self.tasks[_order(len(self.tasks), f"{seed}:order:{turn}")[place]]
        task = found if isinstance(found, Task) else found(Random(f"{seed}:task:{index}"))  # noqa: S311  # variety
        if task.plan is not None:
            task = replace(task, plan=replace(task.plan, index=index))
        return AgentSession(task, self.rules, f"{seed}:session:{index}")

    def __repr__(self) -> str:
        names = ", ".join(one.question[:40] if isinstance(one, Task) else one.__name__ for one in self.tasks)
        return f"agentic(tasks=({names}), {self.rules!r})"


def agentic(
    tasks: Sequence[Maker | Task] = SUITE,
    *,
    turns: int = 8,
    output_tokens: int = 256,
    tool_latency: Latency | Mapping[str, Latency] = 0.0,
    tool_timeout: float = 30.0,
    repeats: int = 3,
    parallel: bool = True,
    structured: bool = True,
    calls: str = "tools",
    fields: Mapping[str, object] | None = None,
    plan_told: bool = False,
) -> Agentic:
    """Agents: each session is a task, in which the model calls tools until it answers, and which succeeds or not.

    :param tasks: :class:`~pytest_fmbench.workloads.agents.task.Task` objects, or functions that make one of a
        ``random.Random``, so that no two are alike. Without them, the project's own suite.
    :param turns: requests that a task may take.
    :param output_tokens: of each reply, after which it is cut.
    :param tool_latency: how long a tool takes: seconds, a distribution such as ``"lognormal:0.2,0.5"``, or a mapping of
        tools' names to these, in which the empty name stands for all others.
    :param tool_timeout: after which a tool has failed, in seconds.
    :param repeats: how often the same call may fail; then the agent is stuck.
    :param parallel: whether tools that one reply calls work at the same time.
    :param structured: whether answers that have to follow a schema are asked for by ``response_format``.
    :param calls: ``tools``: the server is told of them and tells of calls. ``json``: the system message lists them, and
        each reply is JSON by ``response_format``, for models that know no tools.
    :param fields: of each request's JSON, beside, such as a temperature.
    :param plan_told: whether each question tells how it is done: for the mock server, whose agent only follows plans.
    :raises UsageError: for no tasks, or what is no number of turns, tokens or seconds.
    """
    kinds = tuple(tasks)
    if not kinds or not all(isinstance(one, Task) or callable(one) for one in kinds):
        raise UsageError(f"agentic(tasks={tasks!r:.80}): give tasks, or functions that make one of a random.Random")
    for name, value in (("turns", turns), ("output_tokens", output_tokens), ("repeats", repeats)):
        if not is_count(value):
            raise UsageError(f"agentic({name}={value!r}): give a whole number from 1")
    if not is_number(tool_timeout) or tool_timeout <= 0:
        raise UsageError(f"agentic(tool_timeout={tool_timeout!r}): give seconds above 0")
    if calls not in MANNERS:
        raise UnknownName("way of calling tools", str(calls), MANNERS)
    rules = Rules(
        turns=turns,
        output_tokens=output_tokens,
        tool_latency=latencies(tool_latency),
        tool_timeout_s=float(tool_timeout),
        repeats=repeats,
        parallel=parallel,
        structured=structured,
        calls=calls,
        fields=dict(fields or {}),
        plan_told=plan_told,
    )
    return Agentic(kinds, rules)


@lru_cache(maxsize=64)
def _order(count: int, drawn: str) -> tuple[int, ...]:
    places = list(range(count))
    Random(drawn).shuffle(places)  # noqa: S311  # variety, not secrecy
    return tuple(places)
