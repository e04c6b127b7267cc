"""Gaps between consecutive content chunks, which ``itl`` and ``icl`` read in two ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from pytest_fmbench.metrics.columns import Integers, chunks, has_status, in_window
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.record import Status
from pytest_fmbench.model.samples import Floats


@dataclass(frozen=True)
class Gaps:
    """The gap before each content chunk but a request's first, in ns, and the tokens that the chunk brought."""

    ns: Integers
    tokens: Integers


def gaps(measurement: Measurement) -> Iterator[Gaps]:
    """The gaps of all window requests that succeeded, some thousand requests at a time."""
    wanted = in_window(measurement) & has_status(measurement.requests, Status.OK)
    for found in chunks(measurement.requests):
        within = found.of(wanted)
        within[found.starts[found.starts < found.ends]] = False
        yield Gaps(np.diff(found.ns)[within[1:]], found.tokens[1:][within[1:]])


def pooled(parts: Iterable[Floats], most: int) -> Floats:
    """``parts`` end to end, ``most`` values at most: never two copies of all; room that is left takes no memory."""
    values, size = np.empty(most), 0
    for part in parts:
        values[size : size + part.size] = part
        size += part.size
    return values[:size]
