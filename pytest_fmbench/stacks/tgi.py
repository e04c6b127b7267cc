"""Hugging Face's Text Generation Inference."""

from __future__ import annotations

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.stacks.base import LOADING_TIMEOUT_S, folder
from pytest_fmbench.stacks.card import OPENAI, Card, Flag, Taking
from pytest_fmbench.stacks.paths import named_paths
from pytest_fmbench.stacks.settings import settings, spoken
from pytest_fmbench.stacks.speculation import guess

_DOCUMENTS = "https://huggingface.co/docs/text-generation-inference"


def _speculation(value: Option) -> tuple[str, ...]:
    model, tokens = guess(value)
    if model:
        raise UsageError("tgi guesses from the prompt, or by heads of the model itself: give 'ngram:N'")
    return (str(tokens),)


CARD = Card(
    name="tgi",
    documents=(
        f"{_DOCUMENTS}/reference/launcher",
        f"{_DOCUMENTS}/reference/api_reference",
        f"{_DOCUMENTS}/reference/metrics",
        f"{_DOCUMENTS}/conceptual/lora",
        "https://github.com/huggingface/text-generation-inference/blob/main/README.md",
    ),
    dialects=(*OPENAI, "tgi-generate"),
    image="ghcr.io/huggingface/text-generation-inference:3.3.5",
    knobs={
        "context": Flag(("--max-total-tokens", "{value}")),
        "max_batch": Flag(("--max-batch-size", "{value}")),
        "max_batch_tokens": Flag(("--max-batch-prefill-tokens", "{value}")),
        "memory_share": Flag(("--cuda-memory-fraction", "{value}")),
        "kv_precision": Flag(("--kv-cache-dtype", "{value}")),
        "tensor_parallel": Flag(("--num-shard", "{value}")),
        "speculative": Flag(("--speculate", "{value}"), words=_speculation),
        "lora": Flag(("--lora-adapters", "{value}")),
    },
    precisions={
        "bf16": Flag(("--dtype", "bfloat16")),
        "fp16": Flag(("--dtype", "float16")),
        "fp8": Flag(("--quantize", "fp8")),
        "int8": Flag(("--quantize", "eetq")),
        "nf4": Flag(("--quantize", "bitsandbytes-nf4")),
        # what was quantized before needs no word: its checkpoint is read, and the fastest kernel taken
        **dict.fromkeys(("w8a8", "int4", "awq", "gptq"), Flag()),
    },
    kv_precisions={"fp8": Flag(("--kv-cache-dtype", "fp8_e4m3fn"))},
    metrics={
        "running": "tgi_batch_current_size",
        "waiting": "tgi_queue_size",
        "queue_time": "tgi_request_queue_duration",
        "e2e": "tgi_request_duration",
    },
    # its launcher: all of the memory unless told; how much of a request the cache must hold, no document says
    taking=Taking(cache=False),
    facts={
        "version": ("/info", "version"),
        "context": ("/info", "max_total_tokens"),
        "max_concurrent_requests": ("/info", "max_concurrent_requests"),
    },
)

_NAME = "tgi"
"""Any other is taken for the name of an adapter."""


class Tgi:
    """TGI. Beyond ``--max-concurrent-requests``, 128 by itself, it refuses requests instead of letting them wait."""

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its server is started: its launcher, or its image. Unless told how many devices, it takes all."""
        found = settings(CARD, deployment, {"tensor_parallel": 1})
        load, kept = folder(deployment)
        arguments = ("--port", "{port}", "--usage-stats", "off", "--model-id", load, *found.arguments)
        dialect = spoken(CARD, deployment)
        return LaunchPlan(
            command=("text-generation-launcher", "--hostname", "{host}", *arguments),
            model=deployment.model,
            quantization=kept,
            served_model=_NAME,
            dialect=dialect,
            environment=found.variables,
            needs="/text-generation-launcher",
            install=f"see {_DOCUMENTS}/installation",
            container=Container(
                str(deployment.options.get("image", CARD.image)), arguments, found.variables, port=80, cache="/data"
            ),
            paths=named_paths(deployment),
            accelerators=deployment.tensor_parallel,
            base_path="/v1" if dialect in OPENAI else "",
            ready_timeout_s=LOADING_TIMEOUT_S,
            facts=CARD.facts,
        )
