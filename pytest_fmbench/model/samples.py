"""What a metric hands to the statistics: raw numbers in order of sending."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Share:
    """Yes or no of each request: an error, a promise kept.

    :param along: what lies behind the flags, of the same requests, as a latency behind a promise; NaN counts as the
        largest. None where there is no such thing.
    """

    flags: Flags
    along: Floats | None = None


@dataclass(frozen=True)
class Rate:
    """Something counted in equal, consecutive slices of the window.

    :param amounts: how much in each slice.
    :param seconds: how long each slice is.
    """

    amounts: Floats
    seconds: Floats
