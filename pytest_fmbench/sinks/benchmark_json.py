"""``benchmark.json``: a session as pytest-benchmark writes one, for its ``compare`` and its histogram.

https://pytest-benchmark.readthedocs.io: ``--benchmark-json``. A benchmark is a latency of a run, its rounds are
requests (of ``itl`` gaps between tokens). Quartiles are Hyndman-Fan type 7. That format has no percentiles, no rates
and no intervals: these are in ``extra_info``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pytest_fmbench.sinks.files import write
from pytest_fmbench.sinks.outcomes import of_run
from pytest_fmbench.sinks.table import title_of

BENCHMARK = "benchmark.json"
"""Its name in a session's folder."""

VERSION = "5.0.0"
"""Of pytest-benchmark's format."""

_EXTRA = ("p50", "p90", "p95", "p99")
_RATES = ("output_token_rate", "request_rate", "error_rate", "goodput")

Summary = Mapping[str, Any]


def document(summaries: Iterable[Summary], session: Mapping[str, Any]) -> dict[str, Any]:
    """The session, as plain values.

    :param summaries: of its runs; ``case`` of each is the node id, as far as that is known.
    :param session: what it was made with, as in ``session.json``; may be empty.
    """
    return {
        "machine_info": _machine(session),
        "commit_info": _commit(session),
        "benchmarks": [one for summary in summaries for one in _benchmarks(summary)],
        "datetime": session.get("begun", ""),
        "version": VERSION,
    }


def write_benchmark(path: Path, summaries: Iterable[Summary], session: Mapping[str, Any]) -> None:
    """Write it to ``path``, whole or not at all.

    :raises StoreError: when it cannot be written.
    """
    write(path, json.dumps(document(summaries, session), indent=2, allow_nan=False) + "\n")


def _machine(session: Mapping[str, Any]) -> dict[str, Any]:
    machine, versions = session.get("machine") or {}, session.get("versions") or {}
    return {
        "node": "",  # what a machine is called says nothing of it, and is nobody's business
        "machine": machine.get("architecture", ""),
        "system": machine.get("system", ""),
        "python_version": versions.get("python", ""),
        "cpu": {"count": machine.get("cores")},
        "packages": {name: version for name, version in versions.items() if name != "python"},
    }


def _commit(session: Mapping[str, Any]) -> dict[str, Any]:
    commit = session.get("commit") or {"id": "unversioned", "dirty": False}
    return {**commit, "project": "fmbench", "author_time": commit.get("time"), "branch": commit.get("branch", "")}


def _benchmarks(summary: Summary) -> Iterator[dict[str, Any]]:
    case, name, title = summary["case"], summary["name"], title_of(summary)
    # of several runs of a case each has a name of its own
    apart = title.removeprefix(name) if case.endswith(name) else f" {title}"
    for metric, box in summary.get("boxes", {}).items():
        yield {
            "group": metric,
            "name": f"{title} {metric}",
            "fullname": f"{case}{apart} {metric}",
            "params": {"deployment": summary["deployment"], "load": summary["load"]},
            "param": f"{summary['deployment']}-{summary['load']}",
            "extra_info": _extra(summary, metric),
            "options": {},
            "stats": _stats(box),
        }


def _extra(summary: Summary, metric: str) -> dict[str, Any]:
    names = [name for name in (*(f"{metric}.{one}" for one in _EXTRA), *_RATES) if name in summary["figures"]]
    subject = {name: summary[name] for name in ("deployment", "workload", "load")}
    return {**subject, "outcome": of_run(summary), "figures": {name: summary["figures"][name] for name in names}}


def _stats(box: Mapping[str, Any]) -> dict[str, Any]:
    mean = box["mean"]
    return {
        "min": box["least"],
        "max": box["largest"],
        "mean": mean,
        "stddev": box["deviation"],
        "rounds": box["n"],
        "median": box["median"],
        "iqr": box["high"] - box["low"],
        "q1": box["low"],
        "q3": box["high"],
        "iqr_outliers": box["outside"],
        "stddev_outliers": box["far"],
        "outliers": f"{box['far']};{box['outside']}",
        "ld15iqr": box["whisker_low"],
        "hd15iqr": box["whisker_high"],
        "ops": 1 / mean if mean else 0,
        "total": mean * box["n"],
        "iterations": 1,
    }
