from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.ray import Ray


def plan(tensor_parallel: int = 1, /, **options: Option) -> LaunchPlan:
    return Ray().plan(Deployment("org/model", "ray", "local", "bf16", tensor_parallel, options=options))


def config(planned: LaunchPlan) -> Any:
    return json.loads(planned.environment["FMBENCH_RAY_CONFIG"].replace("{port}", "8123"))


def test_its_file_holds_the_whole_application() -> None:
    planned = plan(4, context=8192, chunked_prefill=False, data_parallel=2)
    assert config(planned) == {
        "http_options": {"host": "{host}", "port": 8123},
        "applications": [
            {
                "name": "llm",
                "route_prefix": "/",
                "import_path": "ray.serve.llm:build_openai_app",
                "args": {
                    "llm_configs": [
                        {
                            "model_loading_config": {"model_id": "model", "model_source": "org/model"},
                            "deployment_config": {"num_replicas": 2},
                            "engine_kwargs": {
                                "dtype": "bfloat16",
                                "enable_chunked_prefill": False,
                                "max_model_len": 8192,
                                "tensor_parallel_size": 4,
                            },
                        }
                    ]
                },
            }
        ],
    }
    assert planned.accelerators == 8


def test_what_is_guessed_ahead_is_an_object_in_it() -> None:
    (model,) = config(plan(speculative="org/draft:3"))["applications"][0]["args"]["llm_configs"]
    assert model["engine_kwargs"]["speculative_config"] == {"model": "org/draft", "num_speculative_tokens": 3}


def test_a_process_and_a_container_run_the_same_file() -> None:
    planned = plan()
    assert planned.container is not None
    write = 'made=$(mktemp); printf %s "$FMBENCH_RAY_CONFIG" >$made; exec '
    assert planned.command == ("sh", "-c", f"{write}{sys.executable} -m ray.serve.scripts run $made")
    cluster = "ray start --head --metrics-export-port={metrics_port} && "
    script = f"{write.removesuffix('exec ')}{cluster}exec serve run $made"
    assert planned.container.arguments == ("-c", script)
    assert (planned.container.metrics_port, planned.metrics_path) == (8080, "/metrics")
    assert planned.container.environment == planned.environment


def test_its_copies_are_its_own() -> None:
    with pytest.raises(UsageError, match=r"give data_parallel instead$"):
        Ray().plan(Deployment("org/model", "ray", replicas=2))
