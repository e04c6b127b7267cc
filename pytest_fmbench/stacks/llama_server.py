"""llama.cpp's own ``llama-server``: its program, or its images, on GPUs or on a CPU."""

from __future__ import annotations

from dataclasses import replace

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.stacks import llamacpp
from pytest_fmbench.stacks.base import LOADING_TIMEOUT_S, base_path, served_name
from pytest_fmbench.stacks.card import Card, Flag
from pytest_fmbench.stacks.gguf import IN_FILES, in_our_words, kept
from pytest_fmbench.stacks.knobs import checked
from pytest_fmbench.stacks.paths import named_paths
from pytest_fmbench.stacks.settings import settings
from pytest_fmbench.stacks.speculation import guess

DEFAULTS = {"max_batch": 4, "context": 4096}

_ALL_LAYERS = "999"
_CACHES = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"} | {
    name: name for name in ("q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl")
}


def _speculation(value: Option) -> tuple[str, ...]:
    file, tokens = guess(value)
    if not file:
        return ("--spec-type", "ngram-simple", "--spec-ngram-simple-size-m", str(tokens))
    return ("--spec-type", "draft-simple", "--spec-draft-model", file, "--spec-draft-n-max", str(tokens))


CARD = Card(
    name="llama_server",
    documents=(
        "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
        "https://github.com/ggml-org/llama.cpp/blob/master/docs/docker.md",
        "https://github.com/ggml-org/llama.cpp/blob/master/docs/speculative.md",
    ),
    dialects=llamacpp.CARD.dialects,
    image="ghcr.io/ggml-org/llama.cpp:server-cuda",
    knobs={
        "context": Flag(("--ctx-size", "{value}")),
        "max_batch": Flag(("--parallel", "{value}")),
        "max_batch_tokens": Flag(("--batch-size", "{value}")),
        "prefix_cache": Flag(("--cache-prompt",), off=("--no-cache-prompt",)),
        "kv_precision": Flag(("--cache-type-k", "{value}", "--cache-type-v", "{value}")),
        "tensor_parallel": Flag(("--split-mode", "row")),
        "pipeline_parallel": Flag(("--split-mode", "layer")),
        "speculative": Flag(("{value}",), words=_speculation),
        "threads": Flag(("--threads", "{value}")),
    },
    precisions=IN_FILES,
    kv_precisions={name: Flag(("--cache-type-k", word, "--cache-type-v", word)) for name, word in _CACHES.items()},
    metrics=llamacpp.CARD.metrics,
    facts={
        "version": ("/props", "build_info"),
        "context": ("/props", "default_generation_settings.n_ctx"),
        "max_batch": ("/props", "total_slots"),
    },
)


class LlamaServer:
    """llama.cpp. With ``threads`` it computes on so many cores; without, all layers are on the devices."""

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its server is started: the program, or the image of what it computes on."""
        threads, devices = int(deployment.options.get("threads", 0)), _devices(deployment)
        if threads and devices > 1:
            raise UsageError(f"{deployment.id}: with threads it computes on a CPU, so nothing is cut over devices")
        found, served = settings(CARD, _in_all(in_our_words(deployment)), DEFAULTS), served_name(deployment.model)
        arguments = (
            *("--model", "{weights}", "--host", "{host}", "--port", "{port}", "--alias", served, "--metrics"),
            *("--gpu-layers", "0" if threads else _ALL_LAYERS),
            *found.arguments,
            *llamacpp.SERVING.get(deployment.dialect, ()),
        )
        image = CARD.image.removesuffix("-cuda") if threads else CARD.image
        return LaunchPlan(
            command=("llama-server", *arguments),
            model=deployment.model,
            quantization=kept(deployment),
            served_model=served,
            dialect=deployment.dialect,
            request_fields={"timings_per_token": True},  # tells how many tokens each chunk holds
            environment=found.variables,
            needs="/llama-server",
            install="brew install llama.cpp",
            container=Container(str(deployment.options.get("image", image)), arguments, found.variables, port=8080),
            paths=named_paths(deployment),
            accelerators=0 if threads else devices,
            cores=threads,
            base_path=base_path(deployment.dialect),
            ready_timeout_s=LOADING_TIMEOUT_S,
            facts=CARD.facts,
        )


def _devices(deployment: Deployment) -> int:
    tensor, pipeline = deployment.tensor_parallel, int(deployment.options.get("pipeline_parallel", 1))
    if tensor > 1 and pipeline > 1:
        raise UsageError(f"{deployment.id}: llama_server cuts a model by rows or by layers, not by both")
    return tensor * pipeline


def _in_all(deployment: Deployment) -> Deployment:
    """With the context of all requests together, as the server counts it, instead of that of each."""
    one, requests = (
        int(checked(name, deployment.options.get(name, DEFAULTS[name]), deployment.id))
        for name in ("context", "max_batch")
    )
    return replace(deployment, options={**deployment.options, "context": one * requests})
