"""Figures in OpenMetrics text, for Prometheus, and for what GitLab shows of a merge request.

https://prometheus.io/docs/specs/om/open_metrics_spec/, https://docs.gitlab.com/ci/testing/metrics_reports/. A family a
metric, named by its unit, ``fmbench_ttft_seconds``; a label says the case, deployment, load and statistic. The ends of
an interval are families of their own, ``fmbench_ttft_low_seconds`` and ``..._high_...``, infinite where the data do not
bound it.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fmbench.model.units import Unit
from pytest_fmbench.runs.figures import STATISTICS
from pytest_fmbench.sinks.exports.base import Export, Exported, Summary
from pytest_fmbench.sinks.files import write
from pytest_fmbench.sinks.table import COLUMNS

if TYPE_CHECKING:
    from prometheus_client.metrics_core import GaugeMetricFamily

UNITS = {
    Unit.SECOND: "seconds",
    Unit.SHARE: "ratio",
    Unit.DIFFERENCE: "ratio",
    Unit.TOKEN: "tokens",
    Unit.TOKEN_RATE: "tokens_per_second",
    Unit.REQUEST: "requests",
    Unit.REQUEST_RATE: "requests_per_second",
    Unit.TASK_RATE: "tasks_per_second",
    Unit.USD: "dollars",
    Unit.WATT: "watts",
    Unit.JOULE: "joules",
    Unit.HERTZ: "hertz",
    Unit.BYTE: "bytes",
    Unit.BYTE_RATE: "bytes_per_second",
    Unit.ITEM: "items",
    Unit.ITEM_RATE: "items_per_second",
}
"""The end of a name, as the specification wants it."""

_LABELS = ("case", "run", "deployment", "load", "statistic")
_ENDS = {"": "value", "low": "low", "high": "high"}
_MAIN = {key for _, key in COLUMNS}

Figure = Mapping[str, Any]


def render(summaries: Sequence[Summary], figures: Container[str] | None = None, ends: Sequence[str] = ("",)) -> str:
    """The figures of runs.

    :param figures: which; all of them if None.
    :param ends: of :data:`_ENDS`, which numbers of each.
    """
    from prometheus_client.openmetrics.exposition import generate_latest

    text: bytes = generate_latest(_Families(summaries, figures, ends))  # type: ignore[no-untyped-call]  # it has no types
    return text.decode("utf-8")


def write_prometheus(exported: Exported, path: Path) -> str:
    """Every figure with its interval.

    :raises StoreError: when it cannot be written.
    """
    return _write(path, render(exported.summaries, ends=tuple(_ENDS)))


def write_gitlab(exported: Exported, path: Path) -> str:
    """The figures of the terminal's table alone: of more nobody sees what has changed.

    GitLab takes ``#`` for a comment wherever it stands, so that names have ``_`` instead.

    :raises StoreError: when it cannot be written.
    """
    named = [{**one, **{key: one[key].replace("#", "_") for key in ("case", "name")}} for one in exported.summaries]
    return _write(path, render(named, _MAIN))


def _write(path: Path, text: str) -> str:
    write(path, text)
    return f"{sum(line[:1] not in ('', '#') for line in text.splitlines()):,} figures"


class _Families:
    """What the client library of Prometheus writes."""

    def __init__(self, summaries: Sequence[Summary], figures: Container[str] | None, ends: Sequence[str]) -> None:
        self._summaries, self._figures, self._ends = summaries, figures, ends

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """A family a metric and end."""
        from prometheus_client.metrics_core import GaugeMetricFamily

        families: dict[str, GaugeMetricFamily] = {}
        for end in self._ends:
            for labels, metric, figure in self._wanted():
                unit = UNITS[Unit(figure["unit"])]
                name = "_".join(filter(None, ("fmbench", metric.replace(".", "_"), end)))
                told = f"{metric} of a run" + (f", the {end} end of its interval" if end else "")
                if name not in families:
                    families[name] = GaugeMetricFamily(name, told, labels=_LABELS, unit=unit)
                families[name].add_metric(labels, _number(figure[_ENDS[end]], end))
        yield from families.values()

    def _wanted(self) -> Iterator[tuple[list[str], str, Figure]]:
        for one in self._summaries:
            for figure, said in one["figures"].items():
                if said["value"] is not None and (self._figures is None or figure in self._figures):
                    metric, _, statistic = figure.rpartition(".")
                    if statistic not in STATISTICS:  # a name that has a dot of its own
                        metric, statistic = figure, ""
                    yield [one["case"], one["name"], one["deployment"], one["load"], statistic], metric, said


def _number(value: float | None, end: str) -> float:
    return (-math.inf if end == "low" else math.inf) if value is None else value


PROMETHEUS = Export("metrics.txt", "every figure with its interval, as OpenMetrics text", write_prometheus)
GITLAB = Export("metrics.txt", "the main figures, for GitLab's artifacts:reports:metrics", write_gitlab)
