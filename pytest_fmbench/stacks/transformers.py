"""transformers serve: Hugging Face's own models behind OpenAI's routes. Not fast, but it runs whatever they run."""

from __future__ import annotations

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.base import LOADING_TIMEOUT_S, folder, interpreter
from pytest_fmbench.stacks.card import OPENAI, Card, Flag
from pytest_fmbench.stacks.settings import settings

CARD = Card(
    name="transformers",
    tested="5.24.0 on two cores, and on an H100, with continuous batching and without",
    documents=(
        "https://huggingface.co/docs/transformers/en/serve-cli/serving",
        "https://huggingface.co/docs/transformers/en/serve-cli/serving_optims",
    ),
    dialects=(*OPENAI, "openai-responses"),
    knobs={
        "max_batch_tokens": Flag(("--continuous-batching", "--cb-max-batch-tokens", "{value}")),
        "kv_share": Flag(("--continuous-batching", "--cb-max-memory-percent", "{value}")),
        "threads": Flag(("--device", "cpu"), variables={"OMP_NUM_THREADS": "{value}"}),
    },
    precisions={
        "fp32": Flag(("--dtype", "float32")),
        "bf16": Flag(("--dtype", "bfloat16")),
        "fp16": Flag(("--dtype", "float16")),
        "int8": Flag(("--quantization", "bnb-8bit")),
        "nf4": Flag(("--quantization", "bnb-4bit")),
    },
    # `taking` is not known: what a device has no room for may go to the host, and from there to the disk
)


class Transformers:
    """transformers serve. One request after the other, unless ``--continuous-batching`` is among the options."""

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its server is started: the module; with ``threads`` on so many cores, without on a device."""
        if deployment.tensor_parallel != 1:
            raise UsageError(f"{deployment.id}: transformers serve computes on one device; leave tensor_parallel at 1")
        found, threads = settings(CARD, deployment), int(deployment.options.get("threads", 0))
        load, kept = folder(deployment)
        return LaunchPlan(
            command=(
                *(interpreter("transformers"), "-m", "transformers.cli.transformers", "serve", load),
                *("--host", "{host}", "--port", "{port}", *found.arguments),
            ),
            model=deployment.model,
            quantization=kept,
            served_model=load,  # a server of one model answers under no other name
            dialect=deployment.dialect,
            environment=found.variables,
            needs="transformers",
            install="pip install 'transformers[serving]' torch",
            python=interpreter("transformers"),
            packages=("transformers", "torch"),
            accelerators=0 if threads else 1,
            cores=threads,
            ready_timeout_s=LOADING_TIMEOUT_S,
        )
