from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_fmbench.errors import StoreError
from pytest_fmbench.sinks.exports.otel import write_otel
from tests.support.exported import exported


def test_lines_are_traces_and_then_figures(tmp_path: Path) -> None:
    session = exported(tmp_path)
    told = write_otel(session, tmp_path / "out" / "otel.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "out" / "otel.jsonl").read_text("utf-8").splitlines()]
    kinds = [kind for line in lines for kind in line]
    assert kinds == ["resourceSpans"] * (len(lines) - 2) + ["resourceMetrics"] * 2
    assert told == f"{len(lines) - 2} traces and the figures of 2 runs"
    spans = [span for line in lines[:-2] for span in line["resourceSpans"][0]["scopeSpans"][0]["spans"]]
    assert len([span for span in spans if span["name"].startswith("chat")]) == 8


def test_a_figure_is_a_point_of_its_metrics_gauge(tmp_path: Path) -> None:
    session = exported(tmp_path)
    write_otel(session, tmp_path / "otel.jsonl")
    last = json.loads((tmp_path / "otel.jsonl").read_text("utf-8").splitlines()[-2])
    metrics = {one["name"]: one for one in last["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]}
    ttft, rate = metrics["fmbench.ttft"], metrics["fmbench.output_token_rate"]
    assert (ttft["unit"], rate["unit"]) == ("s", "{token}/s")
    points = {
        attribute["value"]["stringValue"]: point
        for point in ttft["gauge"]["dataPoints"]
        for attribute in point["attributes"]
        if attribute["key"] == "fmbench.statistic"
    }
    assert points["p50"]["asDouble"] == session.summaries[0]["figures"]["ttft.p50"]["value"]
    assert points["p50"]["timeUnixNano"] == "1795651200000000000"  # when the session began
    assert [point["asDouble"] for point in rate["gauge"]["dataPoints"]] == [
        session.summaries[0]["figures"]["output_token_rate"]["value"]
    ]


def test_without_a_time_there_are_no_spans(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not say when"):
        write_otel(replace(exported(tmp_path), session={}), tmp_path / "otel.jsonl")
