"""A session for OpenTelemetry, in OTLP's JSON, an export a line: requests and tools as spans, figures as gauges.

https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/. Figures stand at the time at which the session began.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pytest_fmbench.clock import NS_PER_S
from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.units import Unit
from pytest_fmbench.runs.figures import STATISTICS
from pytest_fmbench.runs.report import REQUESTS
from pytest_fmbench.sinks.exports.base import Export, Exported, Summary
from pytest_fmbench.store.otel import write_spans
from pytest_fmbench.store.table import read_measurement

UNITS = {
    Unit.TOKEN: "{token}",
    Unit.TOKEN_RATE: "{token}/s",
    Unit.REQUEST: "{request}",
    Unit.REQUEST_RATE: "{request}/s",
    Unit.TASK_RATE: "{task}/s",
    Unit.ITEM: "{item}",
    Unit.ITEM_RATE: "{item}/s",
    Unit.DIFFERENCE: "1",
    Unit.USD: "{USD}",
    Unit.BYTE: "By",
    Unit.BYTE_RATE: "By/s",
}
"""Those that UCUM, which OpenTelemetry writes units in, has another sign for."""


def write_otel(exported: Exported, path: Path) -> str:
    """Spans of every request and tool, and every figure.

    :raises StoreError: when it cannot be written, or the session does not say when it began.
    """
    begun = exported.session.get("begun")
    if not begun:
        raise StoreError(f"{path}: session.json does not say when the session began, and spans stand in time")
    traces = write_traces(path, exported, begun)
    try:
        with path.open("a", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(one, separators=(',', ':'))}\n" for one in metrics(exported.summaries, begun))
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}") from error
    return f"{traces:,} traces and the figures of {len(exported.summaries)} runs"


def write_traces(path: Path, exported: Exported, begun: str) -> int:
    """The spans alone, into a file of their own; returns how many traces these are.

    :raises StoreError: when it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error
    return sum(
        write_spans(path, folder.name, read_measurement(folder / REQUESTS), one["deployment"], begun)
        for one, folder in zip(exported.summaries, exported.folders, strict=True)
    )


def metrics(summaries: Sequence[Summary], begun: str) -> Iterator[dict[str, Any]]:
    """An export a run: a gauge a metric, a point a statistic.

    :param begun: in ISO 8601.
    """
    at = str(round(datetime.fromisoformat(begun).timestamp() * NS_PER_S))
    for one in summaries:
        gauges: dict[str, dict[str, Any]] = {}
        for figure, said in one["figures"].items():
            metric, _, statistic = figure.rpartition(".")
            if statistic not in STATISTICS:
                metric, statistic = figure, ""
            if said["value"] is not None:
                unit = Unit(said["unit"])
                gauge = {"name": f"fmbench.{metric}", "unit": UNITS.get(unit, unit.value), "gauge": {"dataPoints": []}}
                points = gauges.setdefault(metric, gauge)["gauge"]["dataPoints"]
                points.append(
                    {"asDouble": said["value"], "timeUnixNano": at, "attributes": _said(one, statistic, said)}
                )
        scope = {"scope": {"name": "pytest-fmbench"}, "metrics": list(gauges.values())}
        resource = {"attributes": _attributes({"service.name": one["case"]})}
        yield {"resourceMetrics": [{"resource": resource, "scopeMetrics": [scope]}]}


def _said(summary: Summary, statistic: str, figure: Summary) -> list[dict[str, Any]]:
    subject = {f"fmbench.{name}": summary[name] for name in ("case", "deployment", "workload", "load")}
    return _attributes({**subject, "fmbench.statistic": statistic, "fmbench.n": figure["n"]})


def _attributes(said: Summary) -> list[dict[str, Any]]:
    return [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": str(value)}}
        for key, value in said.items()
        if value != ""
    ]


OTEL = Export("otel.jsonl", "requests and tools as spans, figures as gauges, in OTLP's JSON", write_otel)
