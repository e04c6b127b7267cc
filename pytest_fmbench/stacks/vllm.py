"""vLLM on GPUs, through its OpenAI-compatible server."""

from __future__ import annotations

import json

from pytest_fmbench.hardware.abilities import Rule
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.stacks.base import LOADING_TIMEOUT_S, counting, folder, interpreter, served_name
from pytest_fmbench.stacks.card import OPENAI, Card, Flag, Taking
from pytest_fmbench.stacks.paths import named_paths
from pytest_fmbench.stacks.settings import settings, spoken
from pytest_fmbench.stacks.speculation import LOOKED_UP, guess

SERVE = ("-m", "vllm.entrypoints.cli.main", "serve")
"""What Python is told, with the model right behind it."""


def speculation(value: Option) -> dict[str, object]:
    """What vLLM's ``speculative_config`` says for our ``speculative``.

    :raises UsageError: where that says nothing.
    """
    model, tokens = guess(value)
    how = {"model": model} if model else {"method": "ngram", "prompt_lookup_max": LOOKED_UP}
    return {**how, "num_speculative_tokens": tokens}


def each_adapter(value: Option) -> tuple[str, ...]:
    """``"name=path"`` of each adapter."""
    return tuple(part.strip() for part in str(value).split(","))


CARD = Card(
    name="vllm",
    documents=(
        "https://docs.vllm.ai/en/latest/configuration/engine_args.html",
        "https://docs.vllm.ai/en/latest/usage/metrics.html",
        "https://docs.vllm.ai/en/latest/features/quantization/index.html",
        "https://docs.vllm.ai/en/latest/design/attention_backends/",
        "https://docs.vllm.ai/en/latest/features/spec_decode/index.html",
        "https://docs.vllm.ai/en/latest/deployment/docker.html",
    ),
    dialects=(*OPENAI, "openai-responses", "anthropic-messages", "openai-embeddings", "rerank"),
    image="vllm/vllm-openai:latest",
    knobs={
        "context": Flag(("--max-model-len", "{value}")),
        "max_batch": Flag(("--max-num-seqs", "{value}")),
        "max_batch_tokens": Flag(("--max-num-batched-tokens", "{value}")),
        "chunked_prefill": Flag(("--enable-chunked-prefill",), off=("--no-enable-chunked-prefill",)),
        "prefix_cache": Flag(("--enable-prefix-caching",), off=("--no-enable-prefix-caching",)),
        "memory_share": Flag(("--gpu-memory-utilization", "{value}")),
        "kv_precision": Flag(("--kv-cache-dtype", "{value}")),
        "tensor_parallel": Flag(("--tensor-parallel-size", "{value}")),
        "pipeline_parallel": Flag(("--pipeline-parallel-size", "{value}")),
        "data_parallel": Flag(("--data-parallel-size", "{value}")),
        "expert_parallel": Flag(("--enable-expert-parallel",), off=()),
        "speculative": Flag(
            ("--speculative-config", "{value}"), words=lambda value: (json.dumps(speculation(value)),), made=speculation
        ),
        "lora": Flag(("--enable-lora", "--lora-modules", "{value}"), words=each_adapter),
    },
    precisions={
        "fp32": Flag(("--dtype", "float32")),
        "bf16": Flag(("--dtype", "bfloat16")),
        "fp16": Flag(("--dtype", "float16")),
        "fp8": Flag(("--quantization", "fp8")),
        "nf4": Flag(("--quantization", "bitsandbytes")),
        # so called, a checkpoint gets the fast kernels in every version, and another one is refused
        "awq": Flag(("--quantization", "awq_marlin")),
        "gptq": Flag(("--quantization", "gptq_marlin")),
        "mxfp4": Flag(("--quantization", "mxfp4")),
        # by several names, after the tool that made them; the checkpoint says which
        **dict.fromkeys(("w8a8", "int8", "int4", "nvfp4"), Flag()),
    },
    kv_precisions={
        "fp8": Flag(("--kv-cache-dtype", "fp8")),
        "bf16": Flag(("--kv-cache-dtype", "bfloat16")),
        "fp16": Flag(("--kv-cache-dtype", "float16")),
        "int8": Flag(("--kv-cache-dtype", "int8_per_token_head")),
        "int4": Flag(("--kv-cache-dtype", "int4_per_token_head")),
        "nvfp4": Flag(("--kv-cache-dtype", "nvfp4")),
    },
    # by what its attention backends take, of which one has to
    kv_rules={"fp8": Rule((8, 0)), "bf16": Rule((8, 0)), "nvfp4": Rule((10, 0), (11, 0))},
    metrics={
        "running": "vllm:num_requests_running",
        "waiting": "vllm:num_requests_waiting",
        "kv_cache": "vllm:kv_cache_usage_perc",
        "prefix_queries": "vllm:prefix_cache_queries",
        "prefix_hits": "vllm:prefix_cache_hits",
        "preemptions": "vllm:num_preemptions",
        "input_tokens": "vllm:prompt_tokens",
        "output_tokens": "vllm:generation_tokens",
        "queue_time": "vllm:request_queue_time_seconds",
        "ttft": "vllm:time_to_first_token_seconds",
        "itl": "vllm:inter_token_latency_seconds",
        "e2e": "vllm:e2e_request_latency_seconds",
    },
    vendors=("nvidia",),
    # the default of --gpu-memory-utilization: https://github.com/vllm-project/vllm/blob/main/vllm/config/cache.py
    taking=Taking(share=0.92, whole_context=True),
    facts={"version": ("/version", "version"), "context": ("/v1/models", "data.0.max_model_len")},
)


class Vllm:
    """vLLM. The model is a Hugging Face id, or a folder in that form; the server itself fetches it."""

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its server is started: the module, or its image."""
        return planned(CARD, deployment, install="pip install vllm", accelerators=devices(deployment))


def planned(
    card: Card,
    deployment: Deployment,
    *,
    install: str,
    accelerators: int,
    cores: int = 0,
    needs: str = "vllm",
    serve: tuple[str, ...] = SERVE,
) -> LaunchPlan:
    """The plan of any of vLLM's builds.

    :param install: how to get the build.
    :param serve: what Python is told, with the model right behind it.
    """
    found, served = settings(card, deployment), served_name(deployment.model)
    load, kept = folder(deployment)
    arguments = (load, "--served-model-name", served, *found.arguments)
    image = str(deployment.options.get("image", card.image))
    environment = {"VLLM_NO_USAGE_STATS": "1", **found.variables}
    dialect = spoken(card, deployment)
    return LaunchPlan(
        command=(interpreter(card.name), *serve, *arguments, "--host", "{host}", "--port", "{port}"),
        model=deployment.model,
        quantization=kept,
        served_model=served,
        dialect=dialect,
        request_fields=counting(dialect),
        environment=environment,
        needs=needs,
        install=install,
        python=interpreter(card.name),
        container=Container(
            image,
            arguments,
            environment,
            entrypoint=("vllm", "serve"),  # what images of vLLM begin with has changed
            cache="/root/.cache/huggingface",
        ),
        paths=named_paths(deployment),
        accelerators=accelerators,
        cores=cores,
        ready_timeout_s=LOADING_TIMEOUT_S,
        facts=card.facts,
    )


def devices(deployment: Deployment) -> int:
    """How many accelerators a server takes: the product of its parallel sizes."""
    pipeline, data = (int(deployment.options.get(name, 1)) for name in ("pipeline_parallel", "data_parallel"))
    return deployment.tensor_parallel * pipeline * data
