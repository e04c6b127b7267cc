"""Spans in a file: OTLP's JSON, a line an export, as the file exporter of OpenTelemetry's collector writes them.

https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/, https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_fmbench.errors import UsageError

_ERROR = (2, "STATUS_CODE_ERROR")


@dataclass(frozen=True)
class Span:
    """One span.

    :param begin_ns: since 1970, as ``end_ns``.
    :param problem: why it failed; None where it did not.
    """

    trace_id: str
    span_id: str
    parent_id: str
    begin_ns: int
    end_ns: int
    attributes: Mapping[str, Any]
    problem: str | None = None


def read_spans(path: Path) -> list[Span]:
    """The spans of a file, in order of their begin.

    :raises UsageError: when it cannot be read, naming the line.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(f"otel({str(path)!r}): {error.strerror or error}") from error
    spans = [span for number, line in enumerate(lines, 1) for span in _line(path, number, line)]
    return sorted(spans, key=lambda span: (span.begin_ns, span.end_ns))


def _line(path: Path, number: int, line: bytes) -> list[Span]:
    try:
        return [*_spans(json.loads(line))] if line.strip() else []
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        raise UsageError(
            f"{path}, line {number}: no export of spans as OTLP's JSON has them, one a line: {error}"
        ) from error


def _spans(export: Mapping[str, Any]) -> Iterator[Span]:
    for resource in export["resourceSpans"]:
        for scope in resource.get("scopeSpans") or ():
            for said in scope.get("spans") or ():
                yield _span(said)


def _span(said: Mapping[str, Any]) -> Span:
    attributes = {one["key"]: _value(one.get("value") or {}) for one in said.get("attributes") or ()}
    status = said.get("status") or {}
    failed = status.get("code") in _ERROR or "error.type" in attributes
    problem = str(status.get("message") or attributes.get("error.type") or "failed") if failed else None
    begin_ns, end_ns = int(said["startTimeUnixNano"]), int(said["endTimeUnixNano"])
    if end_ns < begin_ns:
        raise ValueError(f"span {said['spanId']} ends before it begins")
    return Span(said["traceId"], said["spanId"], said.get("parentSpanId") or "", begin_ns, end_ns, attributes, problem)


def _value(said: Mapping[str, Any]) -> Any:  # noqa: ANN401  # whatever an attribute may hold
    """What an ``AnyValue`` holds; whole numbers are written as text."""
    if "arrayValue" in said:
        return [_value(one) for one in said["arrayValue"].get("values") or ()]
    if "kvlistValue" in said:
        return {one["key"]: _value(one.get("value") or {}) for one in said["kvlistValue"].get("values") or ()}
    if "intValue" in said:
        return int(said["intValue"])
    return next(iter(said.values()), None)
