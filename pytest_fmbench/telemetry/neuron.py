"""AWS Neuron devices of this machine, through ``neuron-monitor``, which writes a JSON report a line.

Source: https://awsdocs-neuron.readthedocs-hosted.com/en/latest/tools/neuron-sys-tools/neuron-monitor-user-guide.html
"""

from __future__ import annotations

import json
import math
import subprocess
import tempfile
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from shutil import which
from typing import IO, Any, cast

from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.model.telemetry import NEURON
from pytest_fmbench.telemetry.base import Reading, Subject

COMMAND = "neuron-monitor"
_USUAL = "/opt/aws/neuron/bin"
"""Where AWS installs it, which is not always on the path."""
_STOP_S = 5.0


class Neuron:
    """All Neuron applications of this machine.

    :raises TelemetryFault: when the server is elsewhere, or the tool is not there.
    """

    family = "neuron"
    words: Collection[str] = [*NEURON]

    def __init__(self, subject: Subject) -> None:
        command = which(COMMAND) or which(COMMAND, path=_USUAL)
        if not subject.here:
            raise TelemetryFault("the server is not on this machine")
        if command is None:
            raise TelemetryFault(f"there is no {COMMAND} on the path, nor in {_USUAL}")
        self._folder = tempfile.TemporaryDirectory()
        plan = Path(self._folder.name, "monitor.json")
        plan.write_text(json.dumps(configuration(subject.period_s)), encoding="utf-8")
        self._last, self._fresh = "", False
        self._process = _started(command, plan)
        self._reader = threading.Thread(target=self._follow, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def sample(self) -> Sequence[Reading]:
        """Its last report; each is told once.

        :raises TelemetryFault: when it has ended, or wrote what is no report.
        """
        if self._process.poll() is not None:
            raise TelemetryFault(f"{COMMAND} ended with status {self._process.returncode}")
        if not self._fresh:
            return []
        self._fresh = False
        return list(readings_of(self._last))

    def close(self) -> None:
        """End it; should we be killed first, it ends at its next report, which nobody reads."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(_STOP_S)
        cast("IO[str]", self._process.stdout).close()
        self._folder.cleanup()

    def _follow(self, lines: IO[str]) -> None:
        with suppress(ValueError):  # closed meanwhile
            for line in lines:
                self._last, self._fresh = line, True


def configuration(period_s: float) -> dict[str, Any]:
    """What is asked of the tool: what we read of its reports, as often as there is a sample."""
    groups = [{"type": "neuroncore_counters"}, {"type": "memory_used"}]
    return {
        "period": f"{max(1, round(period_s))}s",
        "neuron_runtimes": [{"tag_filter": ".*", "metrics": groups}],
        "system_metrics": [],
    }


def readings_of(report: str) -> Iterator[Reading]:
    """What a report says: a reading for each core in use, and of memory one for each application.

    :raises TelemetryFault: when it is none.
    """
    try:
        runtimes = json.loads(report)["neuron_runtime_data"]
        for nth, runtime in enumerate(runtimes or ()):
            yield from _of_runtime(runtime.get("report") or {}, str(runtime.get("pid", nth)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TelemetryFault(f"no report of {COMMAND}: {type(error).__name__}: {error}") from error


def _of_runtime(report: dict[str, Any], application: str) -> Iterator[Reading]:
    cores = (report.get("neuroncore_counters") or {}).get("neuroncores_in_use") or {}
    for core, told in cores.items():
        yield from _known("utilization", told.get("neuroncore_utilization"), 1e-2, f"{application}/{core}")
    memory = (report.get("memory_used") or {}).get("neuron_runtime_used_bytes") or {}
    yield from _known("memory", memory.get("neuron_device"), 1.0, application)


def _known(word: str, value: object, factor: float, device: str) -> Iterator[Reading]:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        yield Reading(word, float(value) * factor, device)


def _started(command: str, plan: Path) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            [command, "-c", str(plan)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
        )
    except OSError as error:
        raise TelemetryFault(f"{command} cannot be started: {error}") from error
