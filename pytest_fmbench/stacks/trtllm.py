"""TensorRT-LLM's own server, with its PyTorch backend: it serves checkpoints as they are and builds no engine."""

from __future__ import annotations

import json

from pytest_fmbench.hardware.abilities import Rule
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.stacks.base import LOADING_TIMEOUT_S, counting, folder, served_name
from pytest_fmbench.stacks.card import OPENAI, Card, Flag, Taking
from pytest_fmbench.stacks.settings import nested, settings, spoken
from pytest_fmbench.stacks.speculation import LOOKED_UP, guess
from pytest_fmbench.stacks.vllm import devices

_DOCUMENTS = "https://nvidia.github.io/TensorRT-LLM"
_FILE = "config.yaml"


def _speculation(value: Option) -> dict[str, object]:
    model, tokens = guess(value)
    if model:
        return {"decoding_type": "Draft_Target", "max_draft_len": tokens, "speculative_model": model}
    return {"decoding_type": "NGram", "max_draft_len": tokens, "max_matching_ngram_size": LOOKED_UP}


def _always(value: str) -> Flag:
    return Flag(entry="dtype", made=lambda _: value)


KNOBS = {
    "context": Flag(entry="max_seq_len"),
    "max_batch": Flag(entry="max_batch_size"),
    "max_batch_tokens": Flag(entry="max_num_tokens"),
    "chunked_prefill": Flag(entry="enable_chunked_prefill"),
    "prefix_cache": Flag(entry="kv_cache_config.enable_block_reuse"),
    "kv_share": Flag(entry="kv_cache_config.free_gpu_memory_fraction"),
    "kv_precision": Flag(entry="kv_cache_config.dtype"),
    "tensor_parallel": Flag(entry="tensor_parallel_size"),
    "pipeline_parallel": Flag(entry="pipeline_parallel_size"),
    "expert_parallel": Flag(entry="moe_expert_parallel_size", off=(), sized=True),
    "speculative": Flag(entry="speculative_config", made=_speculation),
}
"""As arguments of its ``LLM``, which its server and Triton's backend both take in a file."""

PRECISIONS = {
    "bf16": _always("bfloat16"),
    "fp16": _always("float16"),
    # checkpoints of Model Optimizer say themselves what they are
    **dict.fromkeys(("fp8", "nvfp4", "mxfp4", "awq", "gptq"), Flag()),
}

KV_PRECISIONS = {"fp8": Flag(entry="kv_cache_config.dtype", made=lambda _: "fp8")}

KV_RULES = {"fp8": Rule((8, 0))}
"""By the hardware matrix of its document on quantization, whose oldest row with such a cache is Ampere."""

CARD = Card(
    name="trtllm",
    documents=(
        f"{_DOCUMENTS}/commands/trtllm-serve/trtllm-serve.html",
        f"{_DOCUMENTS}/examples/prometheus_metrics.html",
        f"{_DOCUMENTS}/features/quantization.html",
        f"{_DOCUMENTS}/llm-api/reference.html",
        "https://github.com/NVIDIA/TensorRT-LLM/blob/main/tensorrt_llm/commands/serve.py",
        "https://github.com/NVIDIA/TensorRT-LLM/blob/main/tensorrt_llm/metrics/collector.py",
    ),
    dialects=OPENAI,
    image="nvcr.io/nvidia/tensorrt-llm/release:1.2.1",
    knobs=KNOBS,
    precisions=PRECISIONS,
    kv_precisions=KV_PRECISIONS,
    kv_rules=KV_RULES,
    metrics={
        "running": "trtllm_num_requests_running",
        "waiting": "trtllm_num_requests_waiting",
        "kv_cache": "trtllm_kv_cache_utilization",
        "batch": "trtllm_num_scheduled_requests",
        "prefix_hits": "trtllm_kv_cache_reused_blocks",
        "input_tokens": "trtllm_prompt_tokens",
        "output_tokens": "trtllm_generation_tokens",
        "queue_time": "trtllm_request_queue_time_seconds",
        "ttft": "trtllm_time_to_first_token_seconds",
        "e2e": "trtllm_e2e_request_latency_seconds",
    },
    metrics_path="/prometheus/metrics",
    own_entries=True,
    # a cache too small for one request is no reason to end, by `--fail_fast_on_attention_window_too_large` of serve.py
    taking=Taking(cache=False),
    facts={"version": ("/version", "version")},
    vendors=("nvidia",),
)


class TrtLlm:
    """``trtllm-serve``. Its flags are few; what it is told stands in a file, whose entries are options too."""

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its server is started: its command, here or in its image. It has metrics only if asked for them."""
        found = settings(CARD, deployment)
        load, kept = folder(deployment)
        command = (
            *("trtllm-serve", load, "--host", "{host}", "--port", "{port}"),
            *("--extra_llm_api_options", f"{{files}}/{_FILE}", *found.arguments),
        )
        dialect = spoken(CARD, deployment)
        return LaunchPlan(
            command=command,
            model=deployment.model,
            quantization=kept,
            served_model=_answers_to(load),
            dialect=dialect,
            request_fields=counting(dialect),
            environment=found.variables,
            needs="/trtllm-serve",
            install="pip install tensorrt-llm",
            container=Container(
                str(deployment.options.get("image", CARD.image)),
                command,
                found.variables,
                cache="/root/.cache/huggingface",
            ),
            files={_FILE: as_yaml({"return_perf_metrics": True, **nested(found.entries)})},
            accelerators=devices(deployment),
            ready_timeout_s=LOADING_TIMEOUT_S,
            facts=CARD.facts,
        )


def as_yaml(entries: dict[str, object]) -> str:
    """A configuration file: JSON, which is YAML."""
    return json.dumps(entries, indent=2) + "\n"


def _answers_to(model: str) -> str:
    """The name that the server gives ``model``: of a folder its last part, of an id all of it."""
    if model == "{weights}":
        return "{weights.name}"
    return served_name(model) if model.startswith(("/", ".", "~")) else model
