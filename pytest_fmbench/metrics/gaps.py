"""Gaps between consecutive content chunks, which ``itl`` and ``icl`` read in two ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pytest_fmbench.metrics.columns import Integers, chunks, has_status
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.record import Status


@dataclass(frozen=True)
class Gaps:
    """The gap before each content chunk but a request's first, in ns, and the tokens that the chunk brought."""

    ns: Integers
    tokens: Integers


def gaps(measurement: Measurement) -> Gaps:
    """The gaps of all window requests that succeeded."""
    found = chunks(measurement.window_requests)
    owner = found.owner
    within = (owner[1:] == owner[:-1]) & has_status(measurement.window_requests, Status.OK)[owner[1:]]
    return Gaps(np.diff(found.ns)[within], found.tokens[1:][within])
