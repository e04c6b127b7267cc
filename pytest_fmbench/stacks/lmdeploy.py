"""LMDeploy, with its TurboMind engine unless told otherwise."""

from __future__ import annotations

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.stacks.base import LOADING_TIMEOUT_S, folder, interpreter, served_name
from pytest_fmbench.stacks.card import OPENAI, Card, Flag, Taking
from pytest_fmbench.stacks.paths import named_paths
from pytest_fmbench.stacks.settings import settings
from pytest_fmbench.stacks.vllm import each_adapter

_PORT = 23333


CARD = Card(
    name="lmdeploy",
    documents=(
        "https://lmdeploy.readthedocs.io/en/latest/llm/api_server.html",
        "https://lmdeploy.readthedocs.io/en/latest/llm/api_server_responses.html",
        "https://lmdeploy.readthedocs.io/en/latest/llm/api_server_anthropic.html",
        "https://lmdeploy.readthedocs.io/en/latest/advance/metrics.html",
        "https://lmdeploy.readthedocs.io/en/latest/quantization/kv_quant.html",
        "https://github.com/InternLM/lmdeploy/blob/main/lmdeploy/cli/utils.py",
        "https://github.com/InternLM/lmdeploy/issues/4366",
    ),
    dialects=(*OPENAI, "openai-responses", "anthropic-messages"),
    image="openmmlab/lmdeploy:latest",
    knobs={
        "context": Flag(("--session-len", "{value}")),
        "max_batch": Flag(("--max-batch-size", "{value}")),
        "max_batch_tokens": Flag(("--max-prefill-token-num", "{value}")),
        "prefix_cache": Flag(("--enable-prefix-caching",), off=()),
        "kv_share": Flag(("--cache-max-entry-count", "{value}")),
        "kv_precision": Flag(("--quant-policy", "{value}")),
        "tensor_parallel": Flag(("--tp", "{value}")),
        "lora": Flag(("--backend", "pytorch", "--adapters", "{value}"), words=each_adapter),
    },
    precisions={
        "bf16": Flag(("--dtype", "bfloat16")),
        "fp16": Flag(("--dtype", "float16")),
        "w8a8": Flag(("--backend", "pytorch")),
        **{name: Flag(("--model-format", name)) for name in ("awq", "gptq", "fp8", "mxfp4")},
    },
    kv_precisions={"int8": Flag(("--quant-policy", "8")), "int4": Flag(("--quant-policy", "4"))},
    vendors=("nvidia",),
    # where its cache has no room for the session length, that is cut (src/turbomind/engine/engine.cc)
    taking=Taking(cache=False),
    metrics={
        "running": "lmdeploy:num_requests_running",
        "waiting": "lmdeploy:num_requests_waiting",
        "kv_cache": "lmdeploy:gpu_cache_usage_perc",
        "input_tokens": "lmdeploy:prompt_tokens",
        "output_tokens": "lmdeploy:generation_tokens",
        "queue_time": "lmdeploy:request_queue_time_seconds",
        "ttft": "lmdeploy:time_to_first_token_seconds",
        "e2e": "lmdeploy:e2e_request_latency_seconds",
    },
)


class LmDeploy:
    """LMDeploy. The model is a Hugging Face id, or a folder in that form; the server itself fetches it."""

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its server is started: the module, or its image."""
        found, served = settings(CARD, deployment), served_name(deployment.model)
        load, kept = folder(deployment)
        serve, arguments = ("serve", "api_server", load), ("--model-name", served, *found.arguments)
        return LaunchPlan(
            command=(
                *(interpreter("lmdeploy"), "-m", "lmdeploy", *serve),
                *("--server-name", "{host}", "--server-port", "{port}", *arguments),
            ),
            model=deployment.model,
            quantization=kept,
            served_model=served,
            dialect=deployment.dialect,
            environment=found.variables,
            needs="lmdeploy",
            install="pip install lmdeploy",
            python=interpreter("lmdeploy"),
            container=Container(
                image=str(deployment.options.get("image", CARD.image)),
                arguments=("lmdeploy", *serve, *arguments),
                environment=found.variables,
                port=_PORT,
                cache="/root/.cache/huggingface",
            ),
            paths=named_paths(deployment),
            accelerators=deployment.tensor_parallel,
            ready_timeout_s=LOADING_TIMEOUT_S,
        )
