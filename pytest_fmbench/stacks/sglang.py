"""SGLang on GPUs."""

from __future__ import annotations

from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.stacks.base import LOADING_TIMEOUT_S, counting, folder, interpreter, served_name
from pytest_fmbench.stacks.card import OPENAI, Card, Flag, Taking
from pytest_fmbench.stacks.paths import named_paths
from pytest_fmbench.stacks.settings import settings, spoken
from pytest_fmbench.stacks.speculation import guess
from pytest_fmbench.stacks.vllm import devices, each_adapter

_DOCUMENTS = "https://docs.sglang.io/docs"


def _speculation(value: Option) -> tuple[str, ...]:
    model, tokens = guess(value)
    checked = ("--speculative-num-draft-tokens", str(tokens + 1))  # the last one that is sure is among them
    if not model:
        return ("--speculative-algorithm", "NGRAM", *checked)
    return (
        *("--speculative-algorithm", "STANDALONE", "--speculative-draft-model-path", model),
        *("--speculative-num-steps", str(tokens), "--speculative-eagle-topk", "1", *checked),
    )


CARD = Card(
    name="sglang",
    documents=(
        f"{_DOCUMENTS}/advanced_features/server_arguments",
        f"{_DOCUMENTS}/advanced_features/quantization",
        f"{_DOCUMENTS}/references/production_metrics",
        f"{_DOCUMENTS}/basic_usage/native_api",
        f"{_DOCUMENTS}/get-started/install",
        "https://github.com/sgl-project/sglang/blob/main/python/sglang/srt/model_executor/pool_configurator.py",
    ),
    dialects=(*OPENAI, "openai-responses", "anthropic-messages", "openai-embeddings", "rerank", "openai-images"),
    image="lmsysorg/sglang:latest",
    knobs={
        "context": Flag(("--context-length", "{value}")),
        "max_batch": Flag(("--max-running-requests", "{value}")),
        "max_batch_tokens": Flag(("--chunked-prefill-size", "{value}")),
        "chunked_prefill": Flag(off=("--chunked-prefill-size", "-1")),
        "prefix_cache": Flag(off=("--disable-radix-cache",)),
        "memory_share": Flag(("--mem-fraction-static", "{value}")),
        "kv_precision": Flag(("--kv-cache-dtype", "{value}")),
        "tensor_parallel": Flag(("--tp-size", "{value}")),
        "pipeline_parallel": Flag(("--pp-size", "{value}")),
        "data_parallel": Flag(("--dp-size", "{value}")),
        "expert_parallel": Flag(("--ep-size", "{value}"), off=(), sized=True),
        "speculative": Flag(("{value}",), words=_speculation),
        "lora": Flag(("--enable-lora", "--lora-paths", "{value}"), words=each_adapter),
    },
    precisions={
        "fp32": Flag(("--dtype", "float32")),
        "bf16": Flag(("--dtype", "bfloat16")),
        "fp16": Flag(("--dtype", "float16")),
        "fp8": Flag(("--quantization", "fp8")),
        # what was quantized before is not to be named: its checkpoint is read
        **dict.fromkeys(("w8a8", "int8", "int4", "awq", "gptq", "mxfp4", "nvfp4"), Flag()),
    },
    kv_precisions={
        "fp8": Flag(("--kv-cache-dtype", "fp8_e4m3")),
        "bf16": Flag(("--kv-cache-dtype", "bfloat16")),
        "nvfp4": Flag(("--kv-cache-dtype", "nvfp4")),
    },
    metrics={
        "running": "sglang:num_running_reqs",
        "waiting": "sglang:num_queue_reqs",
        "kv_cache": "sglang:token_usage",
        "prefix_queries": "sglang:prompt_tokens",  # cached ones are among them
        "prefix_hits": "sglang:cached_tokens",
        "preemptions": "sglang:num_retracted_requests",
        "output_tokens": "sglang:generation_tokens",
        "queue_time": "sglang:queue_time_seconds",
        "ttft": "sglang:time_to_first_token_seconds",
        "itl": "sglang:inter_token_latency_seconds",
        "e2e": "sglang:e2e_request_latency_seconds",
    },
    # it ends where its cache has room for no token at all (srt/model_executor/pool_configurator.py); which share of the
    # memory it takes by itself depends on the device, so all of it counts where none is given
    taking=Taking(cache=False),
    facts={
        "version": ("/server_info", "version"),
        "context": ("/v1/models", "data.0.max_model_len"),
        "max_batch": ("/server_info", "internal_states.0.effective_max_running_requests_per_dp"),
    },
)


class SgLang:
    """SGLang. The model is a Hugging Face id, or a folder in that form; the server itself fetches it."""

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its server is started: the module, here or in its image. It has metrics only if asked for them."""
        found, served = settings(CARD, deployment), served_name(deployment.model)
        load, kept = folder(deployment)
        arguments = (
            *("-m", "sglang.launch_server", "--host", "{host}", "--port", "{port}", "--enable-metrics"),
            *("--model-path", load, "--served-model-name", served, *found.arguments),
        )
        dialect = spoken(CARD, deployment)
        return LaunchPlan(
            command=(interpreter("sglang"), *arguments),
            model=deployment.model,
            quantization=kept,
            served_model=served,
            dialect=dialect,
            request_fields=counting(dialect),
            environment=found.variables,
            needs="sglang",
            install="pip install sglang",
            python=interpreter("sglang"),
            container=Container(
                str(deployment.options.get("image", CARD.image)),
                ("python3", *arguments),
                found.variables,
                port=30_000,
                cache="/root/.cache/huggingface",
            ),
            paths=named_paths(deployment),
            accelerators=devices(deployment),
            ready_timeout_s=LOADING_TIMEOUT_S,
            facts=CARD.facts,
        )
