"""What is asked: an endless, seeded supply of prompts, or of whole sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.session import Sessions


class Prompts(Protocol):
    """A supply of prompts with random access, so that any number of workers draws the same ones.

    Members are frozen dataclasses: they are sent to the worker process as they are, and their ``repr`` is
    what the records say was asked.
    """

    def prompt(self, index: int, seed: int) -> Prompt:
        """The prompt of request ``index`` (from 0); a pure function of both arguments."""
        ...


Workload = Prompts | Sessions
"""What an arrival of a load begins: a request, or a session of requests."""


@runtime_checkable
class Fitted(Protocol):
    """A workload that must know the model before it can ask."""

    def fit(self, count: Callable[[Prompt], int]) -> Workload:
        """The same, for a model that counts the input tokens of a prompt as ``count`` does."""
        ...


@runtime_checkable
class OfModels(Protocol):
    """A workload that asks for models by name, as a mix of adapters does."""

    @property
    def models(self) -> tuple[str, ...]:
        """Those that it names."""
        ...
