"""Runs as spans, by OpenTelemetry's semantic conventions for generative AI, in OTLP's JSON: an export a line.

https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-agent-spans.md,
https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/. A session of requests is a trace: a span of the agent,
in it those of its requests and of its tools. What was said is not recorded, only how long it was.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pytest_fmbench.clock import NS_PER_S
from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.task import THINKING

Row = Mapping[str, Any]
Span = dict[str, Any]

_REQUEST = (
    *("request_id", "session_id", "begun_ns", "sent_ns", "done_ns", "chunk_ns", "finish_reason", "error"),
    *("input_tokens", "output_tokens", "counted_output_tokens", "cached_tokens"),
)
_CLIENT, _INTERNAL, _ERROR = 3, 1, 2
"""Kinds of spans, and the status of one that failed."""


def write_spans(path: Path, case: str, measurement: Measurement, model: str, begun: str) -> int:
    """Append what a case measured to a file; returns how many traces these are.

    :param case: its name, by which traces of several cases are told apart.
    :param model: that was asked.
    :param begun: when its session began, in ISO 8601: the earliest request stands there, and all others as far from it
        as they were.
    :raises StoreError: when the file cannot be written.
    """
    count = 0
    try:
        with path.open("a", encoding="utf-8") as file:
            for spans in _traces(case, measurement, model, round(datetime.fromisoformat(begun).timestamp() * NS_PER_S)):
                scope = {"scope": {"name": "pytest-fmbench"}, "spans": spans}
                resource = {"attributes": _attributes({"service.name": case})}
                export = {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}
                file.write(json.dumps(export, separators=(",", ":"), ensure_ascii=False) + "\n")
                count += 1
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}; is the disk full or the folder read-only?") from error
    return count


def _traces(case: str, measurement: Measurement, model: str, begun_ns: int) -> Iterator[Sequence[Span]]:
    requests = measurement.requests.select(_REQUEST).to_pylist()
    tasks = {} if measurement.tasks is None else {one["session_id"]: one for one in measurement.tasks.to_pylist()}
    sessions: dict[str, list[Row]] = defaultdict(list)
    for row in requests:
        sessions[row["session_id"] or row["request_id"]].append(row)
    shift_ns = begun_ns - min((row["begun_ns"] for row in requests), default=0)
    for name, rows in sessions.items():
        writer = _Writer(_hashed(16, case, name), _hashed(8, case, name, "agent"), shift_ns)
        yield [*writer.agent(name, rows, tasks.get(name)), *(writer.request(row, model) for row in rows)]


class _Writer:
    """Writes the spans of one trace."""

    def __init__(self, trace_id: str, agent_id: str, shift_ns: int) -> None:
        self._trace_id, self._agent_id, self._shift_ns = trace_id, agent_id, shift_ns

    def agent(self, name: str, rows: Sequence[Row], task: Row | None) -> Iterator[Span]:
        """The span of the whole session, and those of its tools."""
        begun = min(row["begun_ns"] for row in rows)
        ended = max((row["done_ns"] or row["begun_ns"] for row in rows), default=begun)
        said: dict[str, object] = {"gen_ai.operation.name": "invoke_agent", "gen_ai.conversation.id": name}
        if task is not None:
            begun, ended = task["begun_ns"], task["done_ns"] or ended
            said |= {"fmbench.task.end": task["end"]}
            said |= {} if task["success"] is None else {"fmbench.task.success": task["success"]}
        yield {**self._span(self._agent_id, "invoke_agent", (begun, ended), said), "parentSpanId": ""}
        yield from self._tools(task) if task is not None else ()

    def _tools(self, task: Row) -> Iterator[Span]:
        spans = zip(task["span_name"], task["span_begin_ns"], task["span_end_ns"], task["span_error"], strict=True)
        for nth, (tool, begin_ns, end_ns, error) in enumerate(spans):
            if tool != THINKING:
                said = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": tool}
                span_id = _hashed(8, self._trace_id, str(nth))
                yield self._span(span_id, f"execute_tool {tool}", (begin_ns, end_ns), said, error)

    def request(self, row: Row, model: str) -> Span:
        """The span of a request."""
        output = row["counted_output_tokens"] if row["output_tokens"] is None else row["output_tokens"]
        first = (row["chunk_ns"][0] - row["sent_ns"]) / NS_PER_S if row["chunk_ns"] and row["sent_ns"] else None
        said = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": model,
            "gen_ai.usage.input_tokens": row["input_tokens"],
            "gen_ai.usage.output_tokens": output if row["error"] is None else None,
            "gen_ai.usage.cache_read.input_tokens": row["cached_tokens"],
            "gen_ai.response.finish_reasons": [row["finish_reason"]] if row["finish_reason"] else None,
            "gen_ai.response.time_to_first_chunk": first,
        }
        times = row["begun_ns"], row["done_ns"] or row["begun_ns"]
        return self._span(row["request_id"][:16], f"chat {model}", times, said, row["error"]) | {"kind": _CLIENT}

    def _span(self, span_id: str, name: str, times: tuple[int, int], said: Row, error: str | None = None) -> Span:
        begin_ns, end_ns = (str(one + self._shift_ns) for one in times)
        failed = {} if error is None else {"error.type": error.partition(":")[0]}
        return {
            "traceId": self._trace_id,
            "spanId": span_id,
            "parentSpanId": self._agent_id,
            "name": name,
            "kind": _INTERNAL,
            "startTimeUnixNano": begin_ns,
            "endTimeUnixNano": end_ns,
            "attributes": _attributes({**said, **failed}),
            "status": {} if error is None else {"code": _ERROR, "message": error},
        }


def _attributes(said: Row) -> list[dict[str, object]]:
    return [{"key": key, "value": _value(value)} for key, value in said.items() if value is not None]


def _value(value: object) -> dict[str, object]:
    """An ``AnyValue``; whole numbers are written as text."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(one) for one in value]}}
    return {"stringValue": str(value)}


def _hashed(size: int, *names: str) -> str:
    """An id of so many bytes, in hexadecimal."""
    return blake2b("\0".join(names).encode(), digest_size=size).hexdigest()
