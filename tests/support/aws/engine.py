"""A real engine behind all that the stand-in serves: llama.cpp, on this machine and in its instances."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.platforms.base import Surroundings
from pytest_fmbench.platforms.local import Local
from pytest_fmbench.stacks.llamacpp import LlamaCpp
from pytest_fmbench.weights.fetch import locate
from tests.support.aws.cloud import Cloud
from tests.support.aws.really import impossible
from tests.support.aws.runtime import serving_runtime
from tests.support.sagemaker import DEADMAN, ROLE

_MODEL, _PRECISION = "smollm2-135m", "q4_1"


@contextmanager
def behind(cloud: Cloud) -> Iterator[dict[str, str]]:
    """What a process finds it by; where namespaces cannot be made, instances have the mock server instead."""
    instances = "10.0.0.0/8"
    if impossible():
        instances = "127.0.0.1/32"
    else:
        cloud.boots, cloud.serves = "really", _served()
    settings = (f"source={instances}", f"role={ROLE}", f"scheduler_role={DEADMAN}")
    options = " ".join(f"--fmbench-aws {one}" for one in settings)
    with _engine() as root, serving_runtime(root) as runtime:
        yield cloud.environment | runtime.environment | {"PYTEST_ADDOPTS": options}


def _served() -> list[str]:
    """What containers of instances run, whatever their image."""
    weights = locate(_MODEL, _PRECISION, progress=lambda _: None).resolve()
    return [
        *(sys.executable, "-m", "pytest_fmbench.stacks.llamacpp_server", "--model", str(weights)),
        *("--alias", "{served}", "--host", "0.0.0.0", "--port", "{port}"),
        *("--threads", "1", "--slots", "4", "--context", "2048"),
    ]


@contextmanager
def _engine() -> Iterator[str]:
    """The root of a server of this machine, behind SageMaker's endpoints and Bedrock's models."""
    deployment = Deployment(_MODEL, "llamacpp", quantization=_PRECISION, options={"threads": 1})
    surroundings = Surroundings(lambda model, quantization, progress: locate(model, quantization, progress=progress))
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        running = Local(surroundings).start(deployment, LlamaCpp().plan(deployment), log, lambda _: None)
        try:
            yield running.endpoint.base_url.removesuffix("/v1")
        finally:
            running.stop()
