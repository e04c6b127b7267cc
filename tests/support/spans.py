"""Spans as OpenTelemetry's collector writes them into a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

MS = 1_000_000


def span(
    operation: str, begin_ms: int, end_ms: int, parent: str = "root", *, trace: str = "t1", error: str = "", **said: Any
) -> dict[str, Any]:
    """One span; names in ``said`` have two underscores where a dot stands."""
    held = {"gen_ai.operation.name": operation, **{name.replace("__", "."): value for name, value in said.items()}}
    return {
        "traceId": trace,
        "spanId": f"{operation}-{begin_ms}-{end_ms}-{parent}",
        "parentSpanId": parent,
        "name": operation,
        "startTimeUnixNano": str(begin_ms * MS),
        "endTimeUnixNano": str(end_ms * MS),
        "attributes": [{"key": key, "value": any_value(value)} for key, value in held.items()],
        "status": {"code": 2, "message": error} if error else {},
    }


def any_value(value: object) -> dict[str, Any]:
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, list):
        return {"arrayValue": {"values": [any_value(one) for one in value]}}
    if isinstance(value, Mapping):
        return {"kvlistValue": {"values": [{"key": key, "value": any_value(one)} for key, one in value.items()]}}
    return {"stringValue": value}


def write(path: Path, *exports: Iterable[dict[str, Any]]) -> Path:
    lines = [json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [*spans]}]}]}) for spans in exports]
    path.write_text("\n".join(lines))
    return path
