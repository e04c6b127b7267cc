"""What every load by the clock offers, and how its parts get seeds of their own."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Protocol


class OpenLoop(Protocol):
    """Open loop: requests begin by the clock, whatever is outstanding."""

    def offsets(self, seed: int, lead_ns: int = 0) -> Iterator[int]:
        """When requests begin, in ns from the start, in order; the same for the same seed.

        A schedule may end. Its window ends then too, once its last request has begun, and the run once that has been
        answered.

        :param lead_ns: how long the warm-up lasts. A load with a shape holds its first rate until then, and begins its
            shape with the window; one that is always alike just begins.
        """
        ...

    @property
    def shape_s(self) -> float:
        """How long its shape lasts, in seconds from the begin of the window; 0 of a load that is always alike.

        A window holds the whole of it, and its figures are of all of it: nothing is decided before it is over.
        """
        ...


def seed_of_part(seed: int, nth: int) -> int:
    """A seed for part ``nth`` of a load, so that parts draw independently of each other."""
    return random.Random(f"{seed}/{nth}").getrandbits(64)  # noqa: S311  # a simulation, no secret
