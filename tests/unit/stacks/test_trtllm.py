from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.triton_trtllm import TritonTrtLlm
from pytest_fmbench.stacks.trtllm import TrtLlm


def plan(quantization: str | None = None, tensor_parallel: int = 1, **options: Option) -> LaunchPlan:
    return TrtLlm().plan(Deployment("org/model", "trtllm", "local", quantization, tensor_parallel, options=options))


def test_it_is_told_everything_in_a_file_here_as_in_its_image() -> None:
    planned = plan("bf16", 2, context=8192, kv_share=0.8, prefix_cache=False, expert_parallel=True)
    assert planned.command == (
        *("trtllm-serve", "org/model", "--host", "{host}", "--port", "{port}"),
        *("--extra_llm_api_options", "{files}/config.yaml"),
    )
    assert planned.container is not None
    assert planned.container.arguments == planned.command
    assert json.loads(planned.files["config.yaml"]) == {
        "return_perf_metrics": True,
        "dtype": "bfloat16",
        "max_seq_len": 8192,
        "moe_expert_parallel_size": 2,
        "kv_cache_config": {"enable_block_reuse": False, "free_gpu_memory_fraction": 0.8},
        "tensor_parallel_size": 2,
    }


def test_flags_and_entries_of_its_own_are_passed_on() -> None:
    own: dict[str, Any] = {"--num_postprocess_workers": 4, "enable_iter_perf_stats:": True}
    planned = plan(**own)
    assert planned.command[-2:] == ("--num_postprocess_workers", "4")
    assert json.loads(planned.files["config.yaml"])["enable_iter_perf_stats"] is True


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ("ngram:5", {"decoding_type": "NGram", "max_draft_len": 5, "max_matching_ngram_size": 4}),
        ("org/d:3", {"decoding_type": "Draft_Target", "max_draft_len": 3, "speculative_model": "org/d"}),
    ],
)
def test_what_is_guessed_ahead_is_an_object(said: str, how: dict[str, Any]) -> None:
    assert json.loads(plan(speculative=said).files["config.yaml"])["speculative_config"] == how


@pytest.mark.parametrize(
    ("model", "served"),
    [("org/model", "org/model"), ("/weights/model/", "model"), ("smollm2-135m", "{weights.name}")],
)
def test_it_answers_to_an_id_or_to_the_name_of_a_folder(model: str, served: str) -> None:
    assert TrtLlm().plan(Deployment(model, "trtllm")).served_model == served


def test_in_triton_the_same_entries_stand_in_the_models_own_file() -> None:
    options: dict[str, Option] = {"max_batch": 8, "kv_precision": "fp8"}
    planned = TritonTrtLlm().plan(Deployment("org/model", "triton_trtllm", options=options))
    assert planned.container is not None
    assert planned.container.arguments == (
        *("mpirun", "--allow-run-as-root", "-n", "1"),
        *("tritonserver", "--model-repository", "/app/all_models/llmapi"),
        *("--http-port", "{port}", "--metrics-port", "{metrics_port}"),
    )
    assert planned.container.environment == {"LLM_CONFIG_PATH": "{files}/model.yaml"}
    assert json.loads(planned.files["model.yaml"]) == {
        "model": "org/model",
        "backend": "pytorch",
        "kv_cache_config": {"dtype": "fp8"},
        "max_batch_size": 8,
        "triton_config": {"max_batch_size": 0, "decoupled": True},
    }
    assert (planned.served_model, planned.base_path, planned.ready_path) == ("tensorrt_llm", "", "/v2/health/ready")
