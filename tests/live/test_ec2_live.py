"""User data that are really run, in namespaces of the stand-in: the script, its shell and the engine are real."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.platforms.local_server import answers
from pytest_fmbench.stacks.llama_server import LlamaServer
from pytest_fmbench.weights.fetch import locate
from tests.support.aws.really import impossible
from tests.support.ec2 import Trial
from tests.support.processes import eventually

if TYPE_CHECKING:
    from tests.support.aws.cloud import Cloud

pytestmark = [
    pytest.mark.lasting,
    pytest.mark.skipif(bool(impossible()), reason=f"no instance can really boot here: {impossible()}"),
]


def test_a_real_model_is_served_by_what_an_instance_runs(cloud: Cloud, tmp_path: Path) -> None:
    cloud.boots = "really"
    weights = locate("smollm2-135m", "q4_1", progress=lambda _: None).resolve()
    asked = Deployment(
        "smollm2-135m",
        "llama_server",
        f"ec2:m7i.large?source=10.0.0.0/8&weights={weights}",
        "q4_1",
        options={"threads": 1, "max_batch": 1, "context": 512},
    )
    trial = Trial(cloud, tmp_path)
    trial.ec2.check(asked)
    server = trial.ec2.start(asked, LlamaServer().plan(asked), tmp_path / "log", trial.said.append)
    (lease,) = trial.book.leases.values()
    identity = next(one.identity for one in lease.resources if one.kind == "instance")
    assert eventually(lambda: "fmbench: ready" in "\n".join(server.log_tail())), server.log_tail()
    assert str(server.facts["image"]).startswith("ggml-org/llama.cpp@sha256:")
    assert int(str(server.facts["context"])) == 512
    host, port = server.endpoint.base_url.removeprefix("http://").removesuffix("/v1").split(":")
    assert answers(int(port), "/health", host)
    assert server.failure() is None
    cloud.pass_time(1_900)  # nobody has renewed it
    assert eventually(lambda: not answers(int(port), "/health", host))
    assert trial.ec2.strays(["us-east-1"])[0].resources[0].identity != identity, "the instance has ended itself"
    server.stop()
    assert cloud.left() == []
