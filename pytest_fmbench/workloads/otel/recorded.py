"""What an agent did: which requests and tools, how long these took, and what waited for what.

By https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-agent-spans.md
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import attrgetter

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Message, Tool
from pytest_fmbench.workloads.otel.messages import messages_in, tools_in
from pytest_fmbench.workloads.otel.spans import Span

_REQUESTS = ("chat", "text_completion", "generate_content")
_TOOL = "execute_tool"


@dataclass(frozen=True)
class Request:
    """A request to a model.

    :param messages: empty where they were not recorded; then ``input_tokens`` says how long they were.
    :param agent: whose it was, by the span that it lies in.
    :param output_tokens: of the reply.
    """

    begin_ns: int
    end_ns: int
    agent: str
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...]
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class Use:
    """A tool at work."""

    begin_ns: int
    end_ns: int
    tool: str
    error: str | None


Step = Request | Use


@dataclass(frozen=True)
class Recorded:
    """One trace.

    :param steps: in order of their begin.
    """

    trace_id: str
    steps: Sequence[Step]

    @cached_property
    def waits(self) -> list[tuple[list[int], int]]:
        """Of each step, for which it waits, and how long after the last of them it begins, in ns.

        It waits for all that had ended when it began; the first ones begin as long after the trace's begin as they did.
        """
        begin_ns = self.steps[0].begin_ns
        found = []
        for step in self.steps:
            before = [nth for nth, other in enumerate(self.steps) if other is not step and _ended(other, step)]
            ended_ns = max((self.steps[nth].end_ns for nth in before), default=begin_ns)
            found.append((before, step.begin_ns - ended_ns))
        return found


def recorded(spans: Iterable[Span]) -> list[Recorded]:
    """The traces in which a model was asked, in order of their begin.

    :raises UsageError: when a request says not what it asked, or not how long the reply was.
    """
    by_trace = groupby(sorted(spans, key=attrgetter("trace_id", "begin_ns")), key=attrgetter("trace_id"))
    found = [Recorded(trace_id, _steps(list(group))) for trace_id, group in by_trace]
    asked = [one for one in found if any(isinstance(step, Request) for step in one.steps)]
    return sorted(asked, key=lambda one: one.steps[0].begin_ns)


def _ended(one: Step, other: Step) -> bool:
    """Whether one had ended when the other began; what took no time ends no later than itself."""
    return one.end_ns <= other.begin_ns and (one.end_ns, one.begin_ns) < (other.end_ns, other.begin_ns)


def _steps(spans: Sequence[Span]) -> list[Step]:
    parents = {span.span_id: span.parent_id for span in spans}
    around = {outer for span in spans if _operation(span) in _REQUESTS for outer in _above(span.parent_id, parents)}
    steps: list[Step] = []
    for span in spans:
        operation = _operation(span)
        if operation in _REQUESTS and not (span.problem and "gen_ai.usage.output_tokens" not in span.attributes):
            steps.append(_request(span))
        elif operation == _TOOL and span.span_id not in around:  # else it is another agent, which is asked itself
            tool = str(span.attributes.get("gen_ai.tool.name") or "tool")
            steps.append(Use(span.begin_ns, span.end_ns, tool, span.problem))
    return steps


def _above(span_id: str, parents: dict[str, str]) -> set[str]:
    found: set[str] = set()
    while span_id and span_id not in found:
        found.add(span_id)
        span_id = parents.get(span_id, "")
    return found


def _request(span: Span) -> Request:
    said = span.attributes
    try:
        messages, tools = messages_in(said), tools_in(said)
        tokens = int(said.get("gen_ai.usage.input_tokens") or 0)
        output = int(said.get("gen_ai.usage.output_tokens") or said.get("gen_ai.request.max_tokens") or 0)
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        raise UsageError(
            f"span {span.span_id}: its messages are not as gen_ai.input.messages has them: {error}"
        ) from error
    if not messages and not tokens:
        raise UsageError(f"span {span.span_id} has neither gen_ai.input.messages nor gen_ai.usage.input_tokens")
    if not output:
        raise UsageError(f"span {span.span_id} has neither gen_ai.usage.output_tokens nor gen_ai.request.max_tokens")
    return Request(span.begin_ns, span.end_ns, span.parent_id, messages, tools, tokens, output)


def _operation(span: Span) -> str:
    return str(span.attributes.get("gen_ai.operation.name") or "")
