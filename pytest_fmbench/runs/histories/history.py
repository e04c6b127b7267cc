"""Many sessions as series: a statistic of a case over time, and what each of its values was made with.

Only ``session.json`` and ``case.json`` are read. What cannot be used is left out, with its reason, never guessed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_fmbench.errors import StoreError, UnknownName, UsageError
from pytest_fmbench.metrics.base import Metric, named
from pytest_fmbench.model.history import History, LeftOut, Point, Series, Unusable
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.runs.figures import STATISTICS
from pytest_fmbench.runs.report import SPOOL, SUMMARY
from pytest_fmbench.store.session import SESSION, read_json

_GROUPS = ("versions", "machine", "options")
_SUBJECT = ("deployment", "workload", "load")
_OF_SAMPLES = ("mean", "max")
"""Statistics that sessions keep of what was sampled."""
_OF_NO_MATTER = {"fmbench_output", "fmbench_junit"}
_ANOTHER_VERSION = "another version wrote it"


@dataclass(frozen=True)
class _Run:
    session: str
    case: str
    name: str
    values: Mapping[str, float | None]
    conditions: Mapping[str, str]


def chosen(names: Iterable[str], metrics: Registry[Metric]) -> dict[str, Metric]:
    """The statistics called ``names``, such as ``ttft.p95`` or ``goodput``, each with its metric.

    :raises UnknownName: for a metric that there is not, and for a statistic that sessions do not keep.
    """
    found = {}
    for name in names:
        metric, _ = named(name, metrics)
        declared = metrics[metric]
        statistics = _OF_SAMPLES if declared.needs else STATISTICS
        kept = [f"{metric}.{one}" for one in statistics] if declared.kind.takes_statistic else [metric]
        if name not in kept:
            raise UnknownName("figure", name, kept)
        found[name] = declared
    return found


def history(sessions: Sequence[Path], statistics: Mapping[str, Metric], case: str = "") -> History:
    """Series of ``statistics`` over ``sessions``.

    :param sessions: their folders, whose names sort by time.
    :param case: only runs that have this in their name or their folder's.
    :raises UsageError: when no run has it.
    """
    found = History()
    runs = [run for folder in sorted(sessions) for run in _runs(folder, statistics, found.left_out)]
    by_case = defaultdict[str, list[_Run]](list)
    for run in runs:
        by_case[run.case].append(run)
    asked = {key: of_case for key, of_case in by_case.items() if any(case in f"{key}\n{run.name}" for run in of_case)}
    if case and runs and not asked:
        known = "".join(f"\n  {of_case[-1].name}" for of_case in by_case.values())
        raise UsageError(f"no case has {case!r} in its name; there are:{known}")
    found.sessions = list(dict.fromkeys(run.session for run in runs if run.case in asked))
    found.series = [_series(asked[key], name, metric) for key in sorted(asked) for name, metric in statistics.items()]
    return found


def _series(runs: Sequence[_Run], statistic: str, metric: Metric) -> Series:
    values = ((run, run.values[statistic]) for run in runs)
    points = tuple(Point(run.session, value, run.conditions) for run, value in values if value is not None)
    return Series(runs[-1].case, runs[-1].name, statistic, metric.unit, metric.better, points)


def _runs(session: Path, statistics: Mapping[str, Metric], left_out: list[LeftOut]) -> Iterator[_Run]:
    try:
        made_with = _made_with(session / SESSION)
    except StoreError as error:
        left_out.append(LeftOut(session.name, Unusable.UNREADABLE, str(error)))
        return
    for folder in sorted(path for path in session.glob("cases/*") if path.is_dir()):
        try:
            found = _run(session.name, folder, statistics, made_with)
        except StoreError as error:
            found = LeftOut(f"{session.name}/{folder.name}", Unusable.UNREADABLE, str(error))
        if isinstance(found, LeftOut):
            left_out.append(found)
        else:
            yield found


def _run(session: str, folder: Path, statistics: Mapping[str, Metric], made_with: Mapping[str, str]) -> _Run | LeftOut:
    where = f"{session}/{folder.name}"
    if [*folder.glob(f"{SPOOL}*")]:
        return LeftOut(where, Unusable.INTERRUPTED, "its window never closed")
    path = folder / SUMMARY
    if not path.exists():
        return LeftOut(where, Unusable.INTERRUPTED, f"it broke off before {SUMMARY} was written")
    kept = read_json(path)
    name, invalid = _part(path, kept, "name", str), _part(path, kept, "invalid", list)
    if invalid:
        return LeftOut(where, Unusable.INVALID, "; ".join(map(str, invalid)))
    figures = _part(path, kept, "figures", dict)
    told = {
        one: _sampled(kept, one, metric) if metric.needs else figures.get(one) for one, metric in statistics.items()
    }
    values = {one: _value(path, one, told[one], metric) for one, metric in statistics.items()}
    subject = {part: _part(path, kept, part, str) for part in _SUBJECT}
    return _Run(session, folder.name, name, values, {**made_with, **subject})


def _made_with(path: Path) -> dict[str, str]:
    """Versions, machine and options as texts; ``fmbench_workers`` is told as the option that it is."""
    groups = [_part(path, read_json(path), group, dict) for group in _GROUPS]
    everything = {name: value for group in groups for name, value in group.items() if name not in _OF_NO_MATTER}
    return {_told(name): "" if value is None else str(value) for name, value in everything.items()}


def _told(name: str) -> str:
    return f"--{name.replace('_', '-')}" if name.startswith("fmbench_") else name


def _part(path: Path, content: Mapping[str, Any], name: str, kind: type) -> Any:  # noqa: ANN401  # of that kind
    if not isinstance(content.get(name), kind):
        raise StoreError(f"{path.name} holds no {name} that can be read: {_ANOTHER_VERSION}")
    return content[name]


def _sampled(kept: Mapping[str, Any], name: str, metric: Metric) -> object:
    """A figure of what was sampled, as those of requests are; None where it was not."""
    figures = (kept.get("telemetry") or {}).get("figures") or {}
    told = figures.get(metric.name)
    if not isinstance(told, dict):
        return told
    statistic = name.removeprefix(metric.name).removeprefix(".") or "mean"
    return {"value": told.get(statistic), "unit": told.get("unit")}


def _value(path: Path, name: str, figure: object, metric: Metric) -> float | None:
    """None where the run has no such figure, and where it is null or NaN: not known."""
    if figure is None:
        return None
    value = figure.get("value") if isinstance(figure, dict) else figure
    known = isinstance(figure, dict) and figure.get("unit") == metric.unit.value
    if not known or isinstance(value, bool) or not isinstance(value, (int, float, type(None))):
        raise StoreError(f"{path.name} holds no {name} in {metric.unit.value} that can be read: {_ANOTHER_VERSION}")
    return float(value) if value is not None and math.isfinite(value) else None
