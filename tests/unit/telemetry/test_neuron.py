"""Against a tool that writes what its user guide says; no device was at hand."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.telemetry.base import Reading, Subject
from pytest_fmbench.telemetry.neuron import Neuron, configuration, readings_of
from tests.support.processes import eventually
from tests.support.telemetry import NEURON

HERE = Subject(Endpoint("http://127.0.0.1:9/v1", "m", "openai-chat"), here=True)
READINGS = [
    Reading("utilization", 0.42, "4711/0"),
    Reading("utilization", 0.58, "4711/1"),
    Reading("memory", 12519788544.0, "4711"),
]


def tool(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Put a ``neuron-monitor`` on the path."""
    path = folder / "neuron-monitor"
    path.write_text(f"#!{sys.executable}\nimport json, sys, time\nREPORT = {NEURON!r}\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_a_report_is_told_in_our_words() -> None:
    assert list(readings_of(NEURON)) == READINGS


@pytest.mark.parametrize(
    "report", ['{"neuron_runtime_data": []}', '{"neuron_runtime_data": null}', '{"neuron_runtime_data": [{}]}']
)
def test_where_nothing_runs_nothing_is_told(report: str) -> None:
    assert list(readings_of(report)) == []


@pytest.mark.parametrize("value", ["null", '"42"', "true", "NaN"])
def test_what_is_no_number_is_not_there(value: str) -> None:
    report = NEURON.replace('"neuroncore_utilization": 42.0', f'"neuroncore_utilization": {value}')
    assert list(readings_of(report)) == READINGS[1:]


@pytest.mark.parametrize("report", ["", "{}", "[]", "3", '{"neuron_runtime_data": 3}', '{"neuron_runtime_data": [3]}'])
def test_what_is_no_report_says_so(report: str) -> None:
    with pytest.raises(TelemetryFault, match=r"^no report of neuron-monitor: "):
        list(readings_of(report))


def test_the_tool_is_asked_for_what_is_read_as_often_as_there_is_a_sample() -> None:
    asked = configuration(2.0)
    assert asked["period"] == "2s"
    assert configuration(0.1)["period"] == "1s"
    assert [one["type"] for one in asked["neuron_runtimes"][0]["metrics"]] == ["neuroncore_counters", "memory_used"]


def test_reports_of_the_tool_are_told_once_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "json.load(open(sys.argv[sys.argv.index('-c') + 1]))\nprint(REPORT, flush=True)\ntime.sleep(600)"
    tool(tmp_path, monkeypatch, body)
    source = Neuron(HERE)
    found: list[Reading] = []

    def told() -> bool:
        found.extend(source.sample())
        return bool(found)

    assert eventually(told)
    assert found == READINGS
    assert source.sample() == []
    source.close()
    with pytest.raises(TelemetryFault, match=r"^neuron-monitor ended with status "):
        source.sample()


def test_a_tool_that_ends_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(tmp_path, monkeypatch, "sys.exit(3)")
    source = Neuron(HERE)

    def ended() -> bool:
        try:
            source.sample()
        except TelemetryFault as fault:
            return str(fault) == "neuron-monitor ended with status 3"
        return False

    assert eventually(ended)
    source.close()


def test_without_the_tool_it_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(TelemetryFault, match=r"^there is no neuron-monitor on the path, nor in /opt/aws/neuron/bin$"):
        Neuron(HERE)


def test_devices_of_another_machine_are_not_ours_to_look_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(tmp_path, monkeypatch, "raise SystemExit(json.dumps('never started'))")
    with pytest.raises(TelemetryFault, match=r"^the server is not on this machine$"):
        Neuron(Subject(HERE.endpoint, here=False))
