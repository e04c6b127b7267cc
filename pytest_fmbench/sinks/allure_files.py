"""Allure: the files of its results folder that are no test results: categories, environment, trends."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from pytest_fmbench import errors
from pytest_fmbench.clock import monotonic_ns, wall_iso
from pytest_fmbench.errors import EnvironmentFault, StoreError
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.model.units import Unit
from pytest_fmbench.runs.run import Run

_FAULTS = sorted(
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, EnvironmentFault)
)


def _category(name: str, message: str, *statuses: str) -> dict[str, Any]:
    # Allure 2 wants all of a message to match, Allure 3 a part; and a dot stands for no line end
    return {"name": name, "messageRegex": rf"[\s\S]*{message}[\s\S]*", "matchedStatuses": list(statuses)}


CATEGORIES = (
    _category("SLA missed", "SlaMissed: ", "failed"),
    _category("SLA inconclusive", "(SlaInconclusive: |inconclusive \\(--fmbench)", "failed", "skipped"),
    _category("Environment fault", f"({'|'.join(_FAULTS)}): ", "broken"),
    _category("Invalid measurement", "InvalidMeasurement: ", "broken"),
    _category("Worse than the baseline", "Regressed: ", "failed"),
    _category("Not comparable with the baseline", "NotComparable: ", "broken"),
)
"""Which results belong together, told by the names of our errors."""

_TREND = {
    *("ttft.p50", "ttft.p95", "ttft.p99", "tpot.mean", "itl.p95", "e2e.p95"),
    *("output_token_rate", "request_rate", "error_rate"),
}
_SHOWN = {Unit.SECOND: (1e3, "ms"), Unit.SHARE: (100.0, "%")}
"""Allure rounds to three decimals, so seconds would lose most of a latency."""


def write_categories(results: Path) -> None:
    """Add :data:`CATEGORIES` to ``categories.json``; what somebody else wrote there stays.

    :raises StoreError: when it cannot be read or written.
    """
    path = results / "categories.json"
    try:
        there = json.loads(path.read_text("utf-8")) if path.exists() else []
        known = {category["name"] for category in there}
        added = [category for category in CATEGORIES if category["name"] not in known]
        path.write_text(json.dumps([*there, *added], indent=2) + "\n", "utf-8")
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise StoreError(f"cannot add to {path}: {error!r}") from error


def write_environment(results: Path, made_with: Mapping[str, Any], deployments: Iterable[str]) -> None:
    """Add versions, machine and deployments to ``environment.properties``; other keys that are there stay.

    :param made_with: what :func:`pytest_fmbench.store.session.provenance` says.
    :raises StoreError: when it cannot be read or written.
    """
    path = results / "environment.properties"
    ours = {"deployments": ", ".join(deployments), **made_with["machine"], **made_with["versions"]}
    lines = [f"{_escaped(name)}={_escaped(str(value))}" for name, value in ours.items()]
    try:
        # Latin-1, so that whatever others wrote stays byte by byte; what we write is ASCII
        there = path.read_text("latin-1").splitlines() if path.exists() else []
        kept = [line for line in there if line.partition("=")[0].strip() not in ours]
        path.write_text("\n".join([*kept, *lines]) + "\n", "latin-1")
    except OSError as error:
        raise StoreError(f"cannot add to {path}: {error}") from error


def _escaped(text: str) -> str:
    """As Java's properties want it: ASCII on one line, escaped in the way of JSON."""
    return json.dumps(text)[1:-1]


def write_performance(results: Path, case: str, run: Run, summary: Mapping[str, Any]) -> None:
    """Write the run's main figures where Allure 3 draws trends from: one value a key, since it averages those of a key.

    :param case: what makes the keys the case's own.
    :raises StoreError: when it cannot be written.
    """
    span = _wall_ms(run.window)
    named = {name: figure for name, figure in summary["figures"].items() if name in _TREND}
    samples = [
        {"id": uuid4().hex, "key": f"{case} {name}", **_titles(case, name), **span, **_sample(run, name, figure)}
        for name, figure in named.items()
        if figure["value"] is not None
    ]
    path = results / f"{uuid4()}-perf.json"
    try:
        path.write_text(json.dumps(samples, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}") from error


def _wall_ms(window: Window) -> dict[str, int]:
    """When it was, which its stamps do not say: they are shifted by the distance of the two clocks now."""
    shift_ms = datetime.fromisoformat(wall_iso()).timestamp() * 1e3 - monotonic_ns() / 1e6
    return {"start": round(shift_ms + window.begin_ns / 1e6), "stop": round(shift_ms + window.end_ns / 1e6)}


def _titles(case: str, name: str) -> dict[str, str]:
    return {"title": name, "group": case, "groupTitle": case}


def _sample(run: Run, name: str, figure: Mapping[str, Any]) -> dict[str, Any]:
    factor, unit = _SHOWN.get(Unit(figure["unit"]), (1.0, figure["unit"]))
    better = run.figures.metrics[name.partition(".")[0]].better or "neutral"
    return {"value": figure["value"] * factor, "unit": unit, "better": better}
