"""What a stack does."""

from __future__ import annotations

from typing import Protocol

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan


class Stack(Protocol):
    """Serving software. Knows its own flags and nothing of where it runs."""

    name: str

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How a server of ``deployment`` is started.

        :raises UsageError: for an option that the stack does not know, or a value that it cannot take.
        """
        ...
