"""Benchmarks of foundation-model serving, written as pytest cases.

These names, the fixtures ``fmbench``, ``deployment`` and ``endpoint``, the markers ``sla`` and ``deployments``,
and the options that begin with ``--fmbench`` are what others may build on.
"""

from pytest_fmbench.load.arrivals import closed, constant, gamma, mix, poisson, ramp, spike, steps, then
from pytest_fmbench.load.replay import replay
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.objective import Sla
from pytest_fmbench.presets import mlperf
from pytest_fmbench.quality.base import Item, Truth
from pytest_fmbench.quality.sets.basics import basics
from pytest_fmbench.quality.task import Task
from pytest_fmbench.workloads import agents, lengths
from pytest_fmbench.workloads.adapters import adapters
from pytest_fmbench.workloads.agents.agentic import agentic
from pytest_fmbench.workloads.chat import chat
from pytest_fmbench.workloads.conversations.multiturn import multiturn
from pytest_fmbench.workloads.embeddings import embeddings
from pytest_fmbench.workloads.images import images
from pytest_fmbench.workloads.otel.otel import otel
from pytest_fmbench.workloads.rerank import rerank
from pytest_fmbench.workloads.rows.csv_files import csv
from pytest_fmbench.workloads.rows.graded import graded
from pytest_fmbench.workloads.rows.hub import dataset
from pytest_fmbench.workloads.rows.jsonl import jsonl
from pytest_fmbench.workloads.rows.longbench import longbench
from pytest_fmbench.workloads.rows.longbench_v2 import longbench_v2
from pytest_fmbench.workloads.rows.parquet_files import parquet
from pytest_fmbench.workloads.rows.sharegpt import sharegpt
from pytest_fmbench.workloads.search_chat import search_chat
from pytest_fmbench.workloads.synthetic import synthetic
from pytest_fmbench.workloads.thinking import thinking
from pytest_fmbench.workloads.traces.trace import trace

__all__ = [
    "Deployment",
    "Item",
    "Sla",
    "Task",
    "Truth",
    "adapters",
    "agentic",
    "agents",
    "basics",
    "chat",
    "closed",
    "constant",
    "csv",
    "dataset",
    "embeddings",
    "gamma",
    "graded",
    "images",
    "jsonl",
    "lengths",
    "longbench",
    "longbench_v2",
    "mix",
    "mlperf",
    "multiturn",
    "otel",
    "parquet",
    "poisson",
    "ramp",
    "replay",
    "rerank",
    "search_chat",
    "sharegpt",
    "spike",
    "steps",
    "synthetic",
    "then",
    "thinking",
    "trace",
]
