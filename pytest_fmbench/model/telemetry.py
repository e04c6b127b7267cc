"""What servers tell of themselves while they serve, under one name each, whatever a stack calls it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Series(str, Enum):
    """What a server's figure is, as Prometheus has it."""

    GAUGE = "gauge"
    """A value that holds at the moment."""
    COUNTER = "counter"
    """A total that only grows."""
    HISTOGRAM = "histogram"
    """How many were at most so large, since the server began."""


@dataclass(frozen=True)
class Told:
    """One of our words.

    :param unit: as people read it; empty for a count.
    """

    series: Series
    meaning: str
    unit: str = ""


SERVER: Mapping[str, Told] = {
    "running": Told(Series.GAUGE, "requests that are being computed"),
    "waiting": Told(Series.GAUGE, "requests that wait to be"),
    "kv_cache": Told(Series.GAUGE, "share of the KV cache in use, 0 to 1"),
    "batch": Told(Series.GAUGE, "requests, or slots, that the last step computed"),
    "prefix_queries": Told(Series.COUNTER, "prompt tokens, or blocks, looked for in the prefix cache"),
    "prefix_hits": Told(Series.COUNTER, "those found there"),
    "preemptions": Told(Series.COUNTER, "requests put back for want of cache"),
    "input_tokens": Told(Series.COUNTER, "prompt tokens computed"),
    "output_tokens": Told(Series.COUNTER, "tokens made"),
    "queue_time": Told(Series.HISTOGRAM, "from arrival to the first step", "s"),
    "ttft": Told(Series.HISTOGRAM, "from arrival to the first token, by the server's clock", "s"),
    "itl": Told(Series.HISTOGRAM, "between a request's tokens, by the server's clock", "s"),
    "e2e": Told(Series.HISTOGRAM, "from arrival to the end, by the server's clock", "s"),
}
"""By name: ``server.running`` and so on in objectives."""
