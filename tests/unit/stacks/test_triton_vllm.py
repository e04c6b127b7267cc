from __future__ import annotations

import json

from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.triton_vllm import TritonVllm


def plan(quantization: str | None = None, tensor_parallel: int = 1, **options: Option) -> LaunchPlan:
    deployment = Deployment("org/model", "triton_vllm", "local", quantization, tensor_parallel, options=options)
    return TritonVllm().plan(deployment)


def test_a_repository_of_one_model_is_written_for_it() -> None:
    planned = plan("fp8", 2, context=8192, prefix_cache=False, speculative="ngram:3", **{"enforce_eager:": True})
    assert set(planned.files) == {"models/model/config.pbtxt", "models/model/1/model.json"}
    assert 'backend: "vllm"' in planned.files["models/model/config.pbtxt"]
    assert json.loads(planned.files["models/model/1/model.json"]) == {
        "model": "org/model",
        "disable_log_stats": False,
        "quantization": "fp8",
        "max_model_len": 8192,
        "enable_prefix_caching": False,
        "speculative_config": {"method": "ngram", "prompt_lookup_max": 4, "num_speculative_tokens": 3},
        "tensor_parallel_size": 2,
        "enforce_eager": True,
    }


def test_openais_dialects_are_spoken_by_a_front_end_of_their_own() -> None:
    planned = plan()
    assert planned.container is not None
    assert planned.container.arguments == (
        *("python3", "/opt/tritonserver/python/openai/openai_frontend/main.py"),
        *("--host", "{host}", "--openai-port", "{port}", "--model-repository", "{files}/models"),
        *("--tokenizer", "org/model"),
    )
    assert (planned.container.port, planned.base_path, planned.ready_path) == (9000, "/v1", "/health/ready")
    assert planned.request_fields == {}
    assert (planned.container.metrics_port, planned.metrics_path) == (0, ""), "its page is beside its routes"


def test_tritons_own_dialect_is_spoken_by_its_own() -> None:
    planned = plan(dialect="triton-generate")
    assert planned.container is not None
    assert planned.container.arguments == (
        *("tritonserver", "--model-repository", "{files}/models"),
        *("--http-port", "{port}", "--metrics-port", "{metrics_port}"),
    )
    assert (planned.container.metrics_port, planned.metrics_path) == (8002, "/metrics")
    assert (planned.container.port, planned.base_path, planned.ready_path) == (8000, "", "/v2/health/ready")
    assert planned.request_fields["return_num_output_tokens"] is True
    assert planned.facts == {"version": ("/v2", "version")}
