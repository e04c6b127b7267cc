"""NVIDIA NIM, of the second generation: vLLM in a container of NVIDIA's, and nothing but that container."""

from __future__ import annotations

from dataclasses import replace

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.stacks import vllm
from pytest_fmbench.stacks.base import LOADING_TIMEOUT_S, counting, served_name
from pytest_fmbench.stacks.paths import named_paths
from pytest_fmbench.stacks.settings import settings, spoken

_DOCUMENTS = "https://docs.nvidia.com/nim/large-language-models/latest"
_ANY_MODEL = "model-free"
"""In the names of images that serve what they are told; others bring their model."""

CARD = replace(
    vllm.CARD,
    name="nim",
    documents=(
        f"{_DOCUMENTS}/deployment/model-free-nim.html",
        f"{_DOCUMENTS}/reference/cli-reference.html",
        f"{_DOCUMENTS}/reference/environment-variables.html",
        f"{_DOCUMENTS}/reference/api-reference.html",
        f"{_DOCUMENTS}/reference/logging-and-observability.html",  # it passes vLLM's metrics on as they are
        "https://docs.vllm.ai/en/latest/configuration/engine_args.html",
    ),
    image="nvcr.io/nim/nvidia/vllm-model-free-nim:2.1.1",
    metrics_path="/v1/metrics",
    facts={"version": ("/v1/version", "release"), "context": ("/v1/models", "data.0.max_model_len")},
    vendors=("nvidia",),
)


class Nim:
    """NIM. It passes vLLM's flags on. In an image that brings its model, the deployment's model is only a name."""

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its container is started."""
        found, served = settings(CARD, deployment), served_name(deployment.model)
        image = str(deployment.options.get("image", CARD.image))
        environment = {"NIM_SERVED_MODEL_NAME": served}
        if _ANY_MODEL in image:
            environment["NIM_MODEL_PATH"] = _place(deployment.model)
        dialect = spoken(CARD, deployment)
        return LaunchPlan(
            command=(),
            model=deployment.model,
            quantization=deployment.quantization,
            served_model=served,
            dialect=dialect,
            request_fields=counting(dialect),
            container=Container(image, found.arguments, {**environment, **found.variables}, cache="/opt/nim/.cache"),
            paths=named_paths(deployment),
            accelerators=vllm.devices(deployment),
            ready_path="/v1/health/ready",
            ready_timeout_s=LOADING_TIMEOUT_S,
            facts=CARD.facts,
        )


def _place(model: str) -> str:
    """Where NIM finds ``model``: a path, or an address whose scheme says of what sort; an id is one of Hugging Face."""
    return model if "://" in model or model.startswith("/") else f"hf://{model}"
