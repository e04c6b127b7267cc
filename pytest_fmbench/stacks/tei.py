"""Text Embeddings Inference: Hugging Face's server of embeddings."""

from __future__ import annotations

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.stacks.base import LOADING_TIMEOUT_S, base_path, folder, served_name
from pytest_fmbench.stacks.card import Card, Flag
from pytest_fmbench.stacks.settings import settings, spoken

_SOURCE = "https://github.com/huggingface/text-embeddings-inference"

CARD = Card(
    name="tei",
    documents=(
        "https://huggingface.co/docs/text-embeddings-inference/cli_arguments",
        "https://huggingface.co/docs/text-embeddings-inference/quick_tour",
        "https://huggingface.co/docs/text-embeddings-inference/local_cpu",
        f"{_SOURCE}/blob/main/README.md",
    ),
    dialects=("openai-embeddings", "tei-rerank"),
    image="ghcr.io/huggingface/text-embeddings-inference:cuda-1.9",
    knobs={
        "max_batch": Flag(("--max-batch-requests", "{value}")),
        "max_batch_tokens": Flag(("--max-batch-tokens", "{value}")),
    },
    precisions={"fp32": Flag(("--dtype", "float32")), "fp16": Flag(("--dtype", "float16"))},
    metrics={
        "waiting": "te_queue_size",
        "queue_time": "te_request_queue_duration",
        "e2e": "te_request_duration",
    },
    facts={
        "version": ("/info", "version"),
        "precision": ("/info", "model_dtype"),
        "context": ("/info", "max_input_length"),
        "max_batch_tokens": ("/info", "max_batch_tokens"),
    },
)


class Tei:
    """TEI on one device. On a CPU, its image is another: ``image`` names one whose tag begins with ``cpu``."""

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its server is started: the router, or its image."""
        if deployment.tensor_parallel != 1:
            raise UsageError(f"{deployment.id}: tei computes on one device; leave tensor_parallel at 1")
        found, served = settings(CARD, deployment), served_name(deployment.model)
        dialect = spoken(CARD, deployment)
        load, kept = folder(deployment)
        image = str(deployment.options.get("image", CARD.image))
        arguments = ("--model-id", load, "--served-model-name", served, *found.arguments)
        return LaunchPlan(
            command=("text-embeddings-router", "--hostname", "{host}", "--port", "{port}", *arguments),
            model=deployment.model,
            quantization=kept,
            served_model=served,
            dialect=dialect,
            base_path=base_path(dialect),
            environment=found.variables,
            needs="/text-embeddings-router",
            install=f"git clone {_SOURCE} && cargo install --path text-embeddings-inference/router -F mkl",
            container=Container(image, arguments, found.variables, port=80, cache="/data"),
            accelerators=0 if image.rpartition(":")[2].startswith("cpu") else 1,
            ready_timeout_s=LOADING_TIMEOUT_S,
            facts=CARD.facts,
        )
