"""Ollama: llama.cpp's and its own engine behind a store of models."""

from __future__ import annotations

import re

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.stacks.base import LOADING_TIMEOUT_S, base_path, served_name
from pytest_fmbench.stacks.card import OPENAI, Card, Flag
from pytest_fmbench.stacks.gguf import IN_FILES, in_our_words, kept
from pytest_fmbench.stacks.settings import settings

_OF_ITS_LIBRARY = re.compile(r"[\w.-]+(/[\w.-]+)*:[\w.-]+")
"""``llama3.2:1b``, ``hf.co/org/name:Q4_K_M``: with a tag, which no path and no id of the Hub has."""
_CACHES = {"fp16": "f16", "q8_0": "q8_0", "q4_0": "q4_0"}


def _cache(word: str) -> Flag:
    return Flag(variables={"OLLAMA_KV_CACHE_TYPE": word, "OLLAMA_FLASH_ATTENTION": "1"})


CARD = Card(
    name="ollama",
    documents=(
        "https://docs.ollama.com/faq",
        "https://docs.ollama.com/import",
        "https://docs.ollama.com/api/openai-compatibility",
        "https://docs.ollama.com/troubleshooting",
    ),
    dialects=(*OPENAI, "openai-responses", "ollama-chat", "ollama-generate"),
    image="ollama/ollama:latest",
    knobs={
        "context": Flag(variables={"OLLAMA_CONTEXT_LENGTH": "{value}"}),
        "max_batch": Flag(variables={"OLLAMA_NUM_PARALLEL": "{value}"}),
        "kv_precision": _cache("{value}"),
        "pipeline_parallel": Flag(variables={"OLLAMA_SCHED_SPREAD": "1"}),
    },
    precisions=IN_FILES,
    kv_precisions={name: _cache(word) for name, word in _CACHES.items()},
    facts={"version": ("/api/version", "version")},
    own_flags=False,
)


class Ollama:
    """Ollama. The model is one of its library, with a tag (``llama3.2:1b``), or a GGUF file as for llama.cpp.

    It computes on devices, unless ``OLLAMA_LLM_LIBRARY`` is among the options and names a library for CPUs.
    """

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its server is started: first the server, then the model is put into its store, then it is ready."""
        if deployment.tensor_parallel != 1:
            raise UsageError(f"{deployment.id}: ollama cuts models by layers only: give pipeline_parallel instead")
        found, script = settings(CARD, in_our_words(deployment)), _script(deployment)
        told = {"OLLAMA_HOST": "{host}:{port}", "OLLAMA_KEEP_ALIVE": "-1", **found.variables}
        on_cpu = str(deployment.options.get("OLLAMA_LLM_LIBRARY", "")).startswith("cpu")
        return LaunchPlan(
            command=("sh", "-c", script),
            model=deployment.model,
            quantization=kept(deployment),
            served_model=_name(deployment),
            dialect=deployment.dialect,
            environment=told,
            needs="/ollama",
            install="curl -fsSL https://ollama.com/install.sh | sh",
            container=Container(
                image=str(deployment.options.get("image", CARD.image)),
                arguments=("-c", script),
                environment=told,
                entrypoint=("/bin/sh",),
                port=11434,
                cache="/root/.ollama",
            ),
            accelerators=0 if on_cpu else int(deployment.options.get("pipeline_parallel", 1)),
            base_path=base_path(deployment.dialect),
            ready_path=f"/v1/models/{_name(deployment)}",
            ready_timeout_s=LOADING_TIMEOUT_S,
            facts=CARD.facts,
        )


def _is_pulled(deployment: Deployment) -> bool:
    if not _OF_ITS_LIBRARY.fullmatch(deployment.model):
        return False
    if deployment.quantization:
        raise UsageError(
            f"{deployment.id}: the tag of a model of Ollama's library names its precision; leave it at None"
        )
    return True


def _name(deployment: Deployment) -> str:
    """In its store: a name of our own, so that none of the user's is replaced, and it is there once the model is."""
    word = kept(deployment)
    parts = ("fmbench", served_name(deployment.model), *([word] if word else []))
    return re.sub(r"[^a-z0-9_.]+", "-", "-".join(parts).lower())


def _script(deployment: Deployment) -> str:
    """A shell's: the server is its child, and both end together."""
    name = _name(deployment)
    if _is_pulled(deployment):
        put = f"ollama pull {deployment.model} && ollama cp {deployment.model} {name}"
    else:
        put = f'made=$(mktemp); echo "FROM {{weights}}" >$made; ollama create {name} -f $made'
    return (
        "ollama serve & served=$!; trap 'kill $served' TERM; "
        "until ollama list >/dev/null 2>&1; do kill -0 $served || exit; sleep 0.2; done; "
        f"{{ {put}; }} || kill $served; wait $served"
    )
