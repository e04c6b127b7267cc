"""llama.cpp's own HTTP server, through the ``xllamacpp`` wheel; runs on any CPU."""

from __future__ import annotations

import sys

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.base import served_name
from pytest_fmbench.stacks.card import Card, Flag, Taking
from pytest_fmbench.stacks.gguf import IN_FILES, in_our_words, kept
from pytest_fmbench.stacks.llamacpp_server import VERSION_MARK
from pytest_fmbench.stacks.settings import settings

DEFAULTS = {"threads": 1, "max_batch": 4, "context": 2048}
EMBEDDINGS, RERANK = "openai-embeddings", "rerank"

CARD = Card(
    name="llamacpp",
    documents=("https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",),
    tested="the xllamacpp wheel on a CPU, in every run of the tests",
    dialects=(
        *("openai-chat", "openai-chat-whole", "openai-completions", "openai-completions-whole"),
        *("openai-responses", "anthropic-messages", "llamacpp-completion", EMBEDDINGS),
        *(RERANK, "tei-rerank", "json"),
    ),
    knobs={
        "threads": Flag(("--threads", "{value}")),
        "max_batch": Flag(("--slots", "{value}")),
        "context": Flag(("--context", "{value}")),
    },
    own_flags=False,
    taking=Taking(context=DEFAULTS["context"], whole_batch=True, max_batch=DEFAULTS["max_batch"], step_tokens=512),
    precisions=IN_FILES,
    metrics={
        "running": "llamacpp:requests_processing",
        "waiting": "llamacpp:requests_deferred",
        "batch": "llamacpp:n_busy_slots_per_decode",
        "input_tokens": "llamacpp:prompt_tokens_total",
        "output_tokens": "llamacpp:tokens_predicted_total",
    },
)

SERVING = {EMBEDDINGS: ("--embeddings",), RERANK: ("--reranking",), "tei-rerank": ("--reranking",)}
"""What a server is told that is to serve these dialects; it serves the others unasked."""

BASE_PATHS = {"llamacpp-completion": "", "tei-rerank": "", "json": ""}
"""Of dialects whose routes do not lie below OpenAI's."""


class LlamaCpp:
    """llama.cpp. Its threads spin, so by default there is one, and it gets a core to itself."""

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its server is started: a Python process that holds llama.cpp and nothing else."""
        if deployment.tensor_parallel != 1:
            raise UsageError(f"{deployment.id}: llamacpp runs here on one CPU; leave tensor_parallel at 1")
        found = settings(CARD, in_our_words(deployment), DEFAULTS)
        served = served_name(deployment.model)
        return LaunchPlan(
            command=(
                *(sys.executable, "-m", "pytest_fmbench.stacks.llamacpp_server"),
                *("--model", "{weights}", "--host", "{host}", "--port", "{port}", "--alias", served),
                *found.arguments,
                *SERVING.get(deployment.dialect, ()),
            ),
            model=deployment.model,
            quantization=kept(deployment),
            served_model=served,
            dialect=deployment.dialect,
            request_fields={"timings_per_token": True},  # tells how many tokens each chunk holds
            environment=found.variables,
            needs="xllamacpp",
            install="pip install 'pytest-fmbench[local]'",
            cores=int(deployment.options.get("threads", DEFAULTS["threads"])),
            base_path=BASE_PATHS.get(deployment.dialect.partition("?")[0], "/v1"),
            version_mark=VERSION_MARK,
        )
