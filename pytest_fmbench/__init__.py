"""Benchmarks of foundation-model serving, written as pytest cases.

These names, the fixtures ``fmbench``, ``deployment`` and ``endpoint``, the markers ``sla`` and ``deployments``,
and the options that begin with ``--fmbench`` are what others may build on. Each is imported when it is asked for: a
session, and every process that makes load, begins sooner for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_fmbench.load.arrivals import closed as closed
    from pytest_fmbench.load.arrivals import constant as constant
    from pytest_fmbench.load.arrivals import gamma as gamma
    from pytest_fmbench.load.arrivals import mix as mix
    from pytest_fmbench.load.arrivals import poisson as poisson
    from pytest_fmbench.load.arrivals import ramp as ramp
    from pytest_fmbench.load.arrivals import spike as spike
    from pytest_fmbench.load.arrivals import steps as steps
    from pytest_fmbench.load.arrivals import then as then
    from pytest_fmbench.load.replay import replay as replay
    from pytest_fmbench.model.deployment import Deployment as Deployment
    from pytest_fmbench.model.objective import Sla as Sla
    from pytest_fmbench.presets import mlperf as mlperf
    from pytest_fmbench.presets.fmbench_panel import fmbench_panel as fmbench_panel
    from pytest_fmbench.quality.base import Item as Item
    from pytest_fmbench.quality.base import Truth as Truth
    from pytest_fmbench.quality.judges.panel import Labelled as Labelled
    from pytest_fmbench.quality.judges.panel import panel as panel
    from pytest_fmbench.quality.judges.rubric import Rubric as Rubric
    from pytest_fmbench.quality.sets.basics import basics as basics
    from pytest_fmbench.quality.task import Task as Task
    from pytest_fmbench.runs.harness.tasks import harness as harness
    from pytest_fmbench.workloads import agents as agents
    from pytest_fmbench.workloads import lengths as lengths
    from pytest_fmbench.workloads.adapters import adapters as adapters
    from pytest_fmbench.workloads.agents.agentic import agentic as agentic
    from pytest_fmbench.workloads.chat import chat as chat
    from pytest_fmbench.workloads.conversations.multiturn import multiturn as multiturn
    from pytest_fmbench.workloads.embeddings import embeddings as embeddings
    from pytest_fmbench.workloads.images import images as images
    from pytest_fmbench.workloads.otel.otel import otel as otel
    from pytest_fmbench.workloads.rerank import rerank as rerank
    from pytest_fmbench.workloads.rows.csv_files import csv as csv
    from pytest_fmbench.workloads.rows.graded import graded as graded
    from pytest_fmbench.workloads.rows.graded import judged as judged
    from pytest_fmbench.workloads.rows.hub import dataset as dataset
    from pytest_fmbench.workloads.rows.jsonl import jsonl as jsonl
    from pytest_fmbench.workloads.rows.longbench import longbench as longbench
    from pytest_fmbench.workloads.rows.longbench_v2 import longbench_v2 as longbench_v2
    from pytest_fmbench.workloads.rows.parquet_files import parquet as parquet
    from pytest_fmbench.workloads.rows.sharegpt import sharegpt as sharegpt
    from pytest_fmbench.workloads.search_chat import search_chat as search_chat
    from pytest_fmbench.workloads.synthetic import synthetic as synthetic
    from pytest_fmbench.workloads.thinking import thinking as thinking
    from pytest_fmbench.workloads.traces.trace import trace as trace

_NAMES = {
    "load.arrivals": ("closed", "constant", "gamma", "mix", "poisson", "ramp", "spike", "steps", "then"),
    "load.replay": ("replay",),
    "model.deployment": ("Deployment",),
    "model.objective": ("Sla",),
    "presets": ("mlperf",),
    "presets.fmbench_panel": ("fmbench_panel",),
    "quality.base": ("Item", "Truth"),
    "quality.judges.panel": ("Labelled", "panel"),
    "quality.judges.rubric": ("Rubric",),
    "quality.sets.basics": ("basics",),
    "quality.task": ("Task",),
    "runs.harness.tasks": ("harness",),
    "workloads": ("agents", "lengths"),
    "workloads.adapters": ("adapters",),
    "workloads.agents.agentic": ("agentic",),
    "workloads.chat": ("chat",),
    "workloads.conversations.multiturn": ("multiturn",),
    "workloads.embeddings": ("embeddings",),
    "workloads.images": ("images",),
    "workloads.otel.otel": ("otel",),
    "workloads.rerank": ("rerank",),
    "workloads.rows.csv_files": ("csv",),
    "workloads.rows.graded": ("graded", "judged"),
    "workloads.rows.hub": ("dataset",),
    "workloads.rows.jsonl": ("jsonl",),
    "workloads.rows.longbench": ("longbench",),
    "workloads.rows.longbench_v2": ("longbench_v2",),
    "workloads.rows.parquet_files": ("parquet",),
    "workloads.rows.sharegpt": ("sharegpt",),
    "workloads.search_chat": ("search_chat",),
    "workloads.synthetic": ("synthetic",),
    "workloads.thinking": ("thinking",),
    "workloads.traces.trace": ("trace",),
}
"""Which names are of which module, as type checkers read them above."""

_HOMES = {name: home for home, names in _NAMES.items() for name in names}

__all__ = sorted(_HOMES)  # noqa: PLE0605  # names of the table, which a test holds against what is imported above

if not TYPE_CHECKING:  # who checks types knows the names from above, and no others

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = f"{__name__}.{_HOMES[name]}"
        found = getattr(import_module(home), name, None)
        globals()[name] = found = import_module(f"{home}.{name}") if found is None else found
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
