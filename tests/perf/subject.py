"""What is measured: one run of ours, from the start of the process to the finished Parquet file.

``python -m tests.perf.subject URL LOAD SECONDS REQUESTS FOLDER WARMUP``; LOAD is ``closed:1000`` or ``constant:200``. A
``ca.pem`` in FOLDER vouches for the server.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from pytest_fmbench.catalog import DIALECTS, METRICS
from pytest_fmbench.load.arrivals import Load, closed, constant
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.platforms.url import RunningServer
from pytest_fmbench.runs.cap import TokenCap
from pytest_fmbench.runs.measure import Measuring, Question, measure
from pytest_fmbench.runs.observer import Observer
from pytest_fmbench.workloads.chat import chat
from tests.perf.servers import CLIENT_CORE

TOKENS = 64


def main() -> None:
    """Measure and print the run's certificate."""
    url, load, seconds, requests, folder, warmup = sys.argv[1:]
    os.sched_setaffinity(0, {CLIENT_CORE})
    bundle = Path(folder, "ca.pem")
    trusted = str(bundle) if bundle.exists() else None
    server = RunningServer(Endpoint(url, "mock-model", "openai-chat", client_cores=(CLIENT_CORE,), ca_bundle=trusted))
    limits = Limits(float(warmup), float(seconds), int(requests) or None)
    question = Question("perf", chat(output_tokens=TOKENS), _load(load), limits)
    how = Measuring(DIALECTS, METRICS, 0.95, Observer(), TokenCap(None))
    run = measure(question, server, Path(folder), how, input_tokens=0)
    print(json.dumps(asdict(run.certificate)))


def _load(text: str) -> Load:
    name, _, number = text.partition(":")
    return closed(int(number)) if name == "closed" else constant(float(number))


if __name__ == "__main__":
    main()
