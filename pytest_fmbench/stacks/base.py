"""What a stack does."""

from __future__ import annotations

from typing import Protocol

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.card import Card

LOADING_TIMEOUT_S = 1_800.0
"""How long it may take until a large model has been fetched, loaded and compiled."""


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
