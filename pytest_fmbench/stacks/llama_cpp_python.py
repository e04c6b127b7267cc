"""llama-cpp-python's own server: llama.cpp in Python, one request after the other."""

from __future__ import annotations

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.base import LOADING_TIMEOUT_S, interpreter, served_name
from pytest_fmbench.stacks.card import OPENAI, Card, Flag
from pytest_fmbench.stacks.gguf import IN_FILES, in_our_words, kept
from pytest_fmbench.stacks.settings import settings
from pytest_fmbench.stacks.speculation import guess

_SOURCE = "https://github.com/abetlen/llama-cpp-python/blob/main"
_ALL_LAYERS = "-1"


def _speculation(value: Option) -> tuple[str, ...]:
    model, tokens = guess(value)
    if model:
        raise UsageError("llama_cpp_python guesses from the prompt only: give 'ngram:N'")
    return ("--draft_model", "prompt-lookup-decoding", "--draft_model_num_pred_tokens", str(tokens))


CARD = Card(
    name="llama_cpp_python",
    documents=(
        "https://llama-cpp-python.readthedocs.io/en/latest/server/",
        f"{_SOURCE}/llama_cpp/server/settings.py",
        f"{_SOURCE}/llama_cpp/server/app.py",
    ),
    tested="0.3.36 on two cores, with and without streams that it cuts",
    dialects=OPENAI,
    knobs={
        "context": Flag(("--n_ctx", "{value}")),
        "max_batch_tokens": Flag(("--n_batch", "{value}")),
        "speculative": Flag(("{value}",), words=_speculation),
        "threads": Flag(("--n_threads", "{value}", "--n_threads_batch", "{value}")),
    },
    precisions=IN_FILES,
)


class LlamaCppPython:
    """llama-cpp-python. A request that comes cuts the one that is streamed, unless it is told otherwise.

    ``options={"--interrupt_requests": "false"}`` tells it.

    With ``threads`` it computes on so many cores; without, all layers are on one device.
    """

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its server is started: the module. It counts no tokens, and has no metrics."""
        if deployment.tensor_parallel != 1:
            raise UsageError(f"{deployment.id}: llama_cpp_python computes on one device; leave tensor_parallel at 1")
        threads, served = int(deployment.options.get("threads", 0)), served_name(deployment.model)
        found = settings(CARD, in_our_words(deployment))
        return LaunchPlan(
            command=(
                *(interpreter("llama_cpp_python"), "-m", "llama_cpp.server", "--model", "{weights}"),
                *("--host", "{host}", "--port", "{port}", "--model_alias", served),
                *("--n_gpu_layers", "0" if threads else _ALL_LAYERS),
                *found.arguments,
            ),
            model=deployment.model,
            quantization=kept(deployment),
            served_model=served,
            dialect=deployment.dialect,
            environment=found.variables,
            needs="llama_cpp.server",
            install="pip install 'llama-cpp-python[server]'",
            python=interpreter("llama_cpp_python"),
            packages=("llama-cpp-python",),
            accelerators=0 if threads else 1,
            cores=threads,
            ready_path="/v1/models",
            ready_timeout_s=LOADING_TIMEOUT_S,
        )
