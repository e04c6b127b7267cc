"""What servers, accelerators and hosts tell of themselves, under one name each, whatever a source calls it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from pytest_fmbench.model.units import Unit


class Series(str, Enum):
    """What a figure is, as Prometheus has it."""

    GAUGE = "gauge"
    """A value that holds at the moment."""
    COUNTER = "counter"
    """A total that only grows."""
    HISTOGRAM = "histogram"
    """How many were at most so large, since the server began."""


@dataclass(frozen=True)
class Told:
    """One of our words.

    :param unit: of a stored value.
    :param averaged: several of a kind (engines, models, devices) are averaged; else they are added up.
    """

    series: Series
    meaning: str
    unit: Unit
    averaged: bool = False

    @property
    def sampled_unit(self) -> Unit:
        """Of what objectives are about: of a counter its growth per second."""
        return _PER_SECOND[self.unit] if self.series is Series.COUNTER else self.unit


_PER_SECOND = {
    Unit.REQUEST: Unit.REQUEST_RATE,
    Unit.TOKEN: Unit.TOKEN_RATE,
    Unit.JOULE: Unit.WATT,
    Unit.BYTE: Unit.BYTE_RATE,
}

SERVER: Mapping[str, Told] = {
    "running": Told(Series.GAUGE, "requests that are being computed", Unit.REQUEST),
    "waiting": Told(Series.GAUGE, "requests that wait to be", Unit.REQUEST),
    "kv_cache": Told(Series.GAUGE, "share of the KV cache in use, 0 to 1", Unit.SHARE, averaged=True),
    "batch": Told(Series.GAUGE, "requests, or slots, that the last step computed", Unit.REQUEST),
    "prefix_queries": Told(Series.COUNTER, "prompt tokens, or blocks, looked for in the prefix cache", Unit.TOKEN),
    "prefix_hits": Told(Series.COUNTER, "those found there", Unit.TOKEN),
    "preemptions": Told(Series.COUNTER, "requests put back for want of cache", Unit.REQUEST),
    "input_tokens": Told(Series.COUNTER, "prompt tokens computed", Unit.TOKEN),
    "output_tokens": Told(Series.COUNTER, "tokens made", Unit.TOKEN),
    "queue_time": Told(Series.HISTOGRAM, "from arrival to the first step", Unit.SECOND),
    "ttft": Told(Series.HISTOGRAM, "from arrival to the first token, by the server's clock", Unit.SECOND),
    "itl": Told(Series.HISTOGRAM, "between a request's tokens, by the server's clock", Unit.SECOND),
    "e2e": Told(Series.HISTOGRAM, "from arrival to the end, by the server's clock", Unit.SECOND),
}
"""By name: ``server.running`` and so on in objectives, which are not about histograms."""

GPU: Mapping[str, Told] = {
    "utilization": Told(Series.GAUGE, "share of the time in which it computed anything", Unit.SHARE, averaged=True),
    "memory": Told(Series.GAUGE, "of it in use", Unit.BYTE),
    "power": Told(Series.GAUGE, "that it draws", Unit.WATT),
    "sm_clock": Told(Series.GAUGE, "of its multiprocessors", Unit.HERTZ, averaged=True),
    "throttled": Told(Series.GAUGE, "1 where its clocks are held down for any reason", Unit.SHARE, averaged=True),
    "throttled_power": Told(Series.GAUGE, "1 where for want of power", Unit.SHARE, averaged=True),
    "throttled_heat": Told(Series.GAUGE, "1 where for heat", Unit.SHARE, averaged=True),
    "energy": Told(Series.COUNTER, "that it has taken", Unit.JOULE),
}

NEURON: Mapping[str, Told] = {
    "utilization": Told(Series.GAUGE, "share of the time in which a core in use computed", Unit.SHARE, averaged=True),
    "memory": Told(Series.GAUGE, "of the devices in use", Unit.BYTE),
}

HOST: Mapping[str, Told] = {
    "cpu": Told(Series.GAUGE, "share of all cores that was busy since the sample before", Unit.SHARE, averaged=True),
    "steal": Told(Series.GAUGE, "share of all cores that its own host took since then", Unit.SHARE, averaged=True),
    "memory": Told(Series.GAUGE, "that is not to be had", Unit.BYTE),
    "network_in": Told(Series.COUNTER, "that all interfaces took in", Unit.BYTE),
    "network_out": Told(Series.COUNTER, "that all interfaces sent", Unit.BYTE),
}

ENDPOINT: Mapping[str, Told] = {
    "model_latency": Told(
        Series.GAUGE, "mean time in the containers, by SageMaker's clock", Unit.SECOND, averaged=True
    ),
    "overhead_latency": Told(Series.GAUGE, "mean time that SageMaker adds to that", Unit.SECOND, averaged=True),
    "invocations": Told(Series.GAUGE, "requests that came, a second", Unit.REQUEST_RATE),
    "errors_4xx": Told(Series.GAUGE, "that were answered by a status of 400 to 499, a second", Unit.REQUEST_RATE),
    "errors_5xx": Told(Series.GAUGE, "of 500 to 599, a second", Unit.REQUEST_RATE),
    "cpu": Told(Series.GAUGE, "share of the cores of its hosts that was busy", Unit.SHARE, averaged=True),
    "memory": Told(Series.GAUGE, "share of their memory in use", Unit.SHARE, averaged=True),
}
"""Of a managed endpoint, as who runs it tells: means of minutes."""

VOCABULARY: Mapping[str, Mapping[str, Told]] = {
    "server": SERVER,
    "gpu": GPU,
    "neuron": NEURON,
    "host": HOST,
    "endpoint": ENDPOINT,
}
"""Every family of words, by the name that stands before the dot."""

SAMPLED: Mapping[str, Told] = {
    f"{family}.{word}": told
    for family, words in VOCABULARY.items()
    for word, told in words.items()
    if told.series is not Series.HISTOGRAM
}
"""What objectives may name, as ``gpu.power``."""
