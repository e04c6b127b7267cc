"""A workload of which there is only so much: what is asked lies in a file, or in a data set."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from pytest_fmbench.model.prompt import Prompt


@runtime_checkable
class Finite(Protocol):
    """A workload with a number of requests. Asked for more prompts than it has, it begins again."""

    def prompt(self, index: int, seed: int) -> Prompt:
        """As of any workload."""
        ...

    def check(self) -> None:
        """Read it, as far as that takes no server.

        :raises UsageError: when it cannot be read, or holds nothing that can be asked.
        """
        ...

    def least(self, seed: int) -> Prompt:
        """The smallest request, such that no cache knows more of a run by it: what a server can be tried with."""
        ...

    def input_tokens(self, tried: int | None) -> int | None:
        """How many a request takes on average; None where it is not known.

        :param tried: how many the smallest takes, as far as the server tells.
        """
        ...

    def beyond(self, context: int) -> int:
        """How many requests are known to take more than ``context`` tokens, input and output together."""
        ...

    def notes(self) -> list[str]:
        """What a reader of the figures should know, such as what was left out of a file."""
        ...

    def facts(self) -> dict[str, Any]:
        """What it is made of, in plain values; ``requests`` is how many it has."""
        ...
