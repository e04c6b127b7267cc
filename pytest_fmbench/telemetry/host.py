"""This machine, which generates the load and, where it is local, holds the server: CPU, memory, network, steal.

Source: https://psutil.readthedocs.io/
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.model.telemetry import HOST
from pytest_fmbench.telemetry.base import Reading, Subject

_AGAIN = ("guest", "guest_nice")
"""Linux counts these among ``user`` and ``nice`` too."""


class Host:
    """What the system says; there wherever Python is."""

    family = "host"
    words: Collection[str] = [*HOST]

    def __init__(self, _: Subject) -> None:
        self._before = _times()

    def sample(self) -> Sequence[Reading]:
        """Shares since the sample before; memory and totals as they are now.

        :raises TelemetryFault: when the system does not say.
        """
        import psutil

        before, self._before = self._before, _times()
        try:
            memory, network = psutil.virtual_memory(), psutil.net_io_counters()
        except (OSError, RuntimeError) as error:
            raise TelemetryFault(f"the system does not say: {error}") from error
        found = [*_shares(before, self._before), Reading("memory", float(memory.total - memory.available))]
        if network is not None:  # there is no interface
            found += [
                Reading("network_in", float(network.bytes_recv)),
                Reading("network_out", float(network.bytes_sent)),
            ]
        return found

    def close(self) -> None:
        """There is nothing to let go of."""


def _times() -> dict[str, float]:
    import psutil

    try:
        told = psutil.cpu_times()._asdict()
    except (OSError, RuntimeError) as error:
        raise TelemetryFault(f"the system does not say: {error}") from error
    return {name: seconds for name, seconds in told.items() if name not in _AGAIN}


def _shares(before: dict[str, float], now: dict[str, float]) -> Iterator[Reading]:
    passed = {name: max(0.0, now[name] - before[name]) for name in now}
    whole = sum(passed.values())
    if not whole:
        return  # the clock of the system has not moved yet
    yield Reading("cpu", 1.0 - (passed["idle"] + passed.get("iowait", 0.0)) / whole)
    if "steal" in passed:
        yield Reading("steal", passed["steal"] / whole)
