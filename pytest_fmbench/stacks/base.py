"""What a stack does."""

from __future__ import annotations

from typing import Protocol

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.card import Card


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
