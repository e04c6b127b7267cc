"""A workload that was recorded: its requests have times and sizes of their own, and there are only so many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from pytest_fmbench.model.prompt import Prompt

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Times = NDArray[np.int64]


@runtime_checkable
class Recorded(Protocol):
    """A workload, and when its requests came. Asked for more prompts than it has, it begins again with other words."""

    def prompt(self, index: int, seed: int) -> Prompt:
        """As of any workload."""
        ...

    def times_ns(self) -> Times:
        """When each request came, in ns from the begin, in order.

        :raises UsageError: when what was recorded cannot be read.
        """
        ...

    def tick_ns(self) -> int:
        """How far the times lie apart where they are coarse; 0 where they are not."""
        ...

    def within(self, start_s: float, stop_s: float) -> Recorded:
        """The requests that came in ``[start_s, stop_s)`` seconds from the begin, which is then ``start_s``.

        :raises UsageError: when there is none.
        """
        ...

    def least(self, seed: int) -> Prompt:
        """The prompt of the smallest request, in words that no run comes to: what a server can be tried with."""
        ...

    def input_tokens(self) -> int:
        """How many a request takes on average."""
        ...

    def beyond(self, context: int) -> int:
        """How many requests take more than ``context`` tokens, input and output together."""
        ...

    def notes(self) -> list[str]:
        """What a reader of the figures should know, such as what was left out of a file."""
        ...

    def facts(self) -> dict[str, Any]:
        """What it is made of, in plain values."""
        ...
