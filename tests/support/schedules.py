"""Schedules that end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Few:
    """``count`` requests at equal distances, the first with the window."""

    count: int
    gap_ns: int = 1_000_000_000

    @property
    def shape_s(self) -> float:
        """Until one more would be due."""
        return self.count * self.gap_ns / 1e9

    def offsets(self, seed: int, lead_ns: int = 0) -> Iterator[int]:  # noqa: ARG002  # nothing is drawn
        """All of them."""
        return iter([lead_ns + nth * self.gap_ns for nth in range(self.count)])
