"""How a load is cut over workers: pure, and the same requests for any number of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice

from pytest_fmbench.load.arrivals import Closed, Load, OpenLoop


@dataclass(frozen=True)
class Share:
    """One worker's part: worker ``nth`` (from 0) of ``of``.

    Requests are numbered over all workers; a worker's own are ``nth``, ``nth + of``, ``nth + 2 of`` and so on.
    """

    nth: int = 0
    of: int = 1

    def part(self, total: int) -> int:
        """How many of ``total`` are its own; the parts of all workers add up to ``total`` and differ by one at most."""
        return len(range(self.nth, total, self.of))

    def indices(self) -> Iterator[int]:
        """The numbers of its requests."""
        return count(self.nth, self.of)

    def offsets(self, load: OpenLoop, seed: int, lead_ns: int = 0) -> Iterator[int]:
        """When its requests begin, in ns from the start of all: its own of the one schedule, in order.

        :param lead_ns: how long the warm-up lasts.
        """
        return islice(load.offsets(seed, lead_ns), self.nth, None, self.of)

    def users(self, load: Closed) -> range:
        """The numbers of its users, of all workers'."""
        return range(self.nth, load.users, self.of)


def shares(load: Load, workers: int) -> list[Share]:
    """The parts of ``load`` for so many workers, or fewer where some would have no user."""
    of = min(workers, load.users) if isinstance(load, Closed) else workers
    return [Share(nth, of) for nth in range(of)]
