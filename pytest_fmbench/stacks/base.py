"""What a stack does."""

from __future__ import annotations

import os
import re
import sys
from typing import Protocol

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.card import Card

LOADING_TIMEOUT_S = 1_800.0
"""How long it may take until a large model has been fetched, loaded and compiled."""

AS_FOLDER = "hf-bf16"
"""The precision under which a model that we know by name is a folder, as Hugging Face has them, and no GGUF file."""


class Stack(Protocol):
    """Serving software. Knows its own flags and nothing of where it runs."""

    card: Card

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How a server of ``deployment`` is started.

        :raises UsageError: for an option that the stack does not know, or a value that it cannot take.
        """
        ...


def served_name(model: str) -> str:
    """The name under which a server answers for ``model``, a path or a Hugging Face id: its last part."""
    return model.rstrip("/").rsplit("/", 1)[-1].removesuffix(".gguf")


def counting(dialect: str) -> dict[str, object]:
    """Fields that ask for a running count of tokens with every chunk, of a server that has one as vLLM has it.

    Only of streams: such servers refuse them elsewhere.
    """
    if dialect not in ("openai-chat", "openai-completions"):
        return {}
    return {"stream_options": {"include_usage": True, "continuous_usage_stats": True}}


def base_path(dialect: str) -> str:
    """Where a dialect's paths begin: OpenAI's, Anthropic's and Jina's below ``/v1``, others at the server's root."""
    return "/v1" if dialect.startswith(("openai-", "anthropic-")) or dialect == "rerank" else ""


def folder(deployment: Deployment) -> tuple[str, str | None]:
    """What a server that loads folders is told to load, and the precision that the platform is to look for.

    A path, or a Hugging Face id, the server finds itself. A name without a slash is one of ours, which the platform
    makes a folder of; whatever precision the server is told to serve, it reads that one.
    """
    if re.search(r"[/\\]", deployment.model):
        return deployment.model, deployment.quantization
    return "{weights}", AS_FOLDER


def interpreter(stack: str) -> str:
    """The Python that has ``stack``: the one that its variable names, else this one.

    Serving software is particular about what is installed beside it, so it mostly has an environment of its own.
    """
    return os.environ.get(interpreter_variable(stack)) or sys.executable


def interpreter_variable(stack: str) -> str:
    """The variable that names the Python that has ``stack``, such as ``FMBENCH_PYTHON_VLLM_CPU``."""
    return f"FMBENCH_PYTHON_{stack.upper()}"
