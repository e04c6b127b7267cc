"""What a run says of its own error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from pytest_fmbench.errors import StoreError


@dataclass(frozen=True)
class Certificate:
    """How the load generator fared in one run. Shares are of the run's time; None is what the system does not tell.

    :param stamp_p99_ns: bound on how late 99 % of the arrivals were noticed; their error where the stamp is the loop's.
    :param loop_longest_ns: the longest round of the event loop.
    :param run_queue_share: time ready to work but without a core.
    :param loop_p50_ns: the median round; ``loop_p99_ns``: all but 1 % were shorter.
    :param gap_p50_ns: from the stamp on a reply's last bytes until we knew of them; likewise ``gap_p99_ns`` and
        ``gap_longest_ns``. Kernel stamps make it harmless but for the think time that it adds to a closed loop.
    :param cpu_share: time on a core; near 1 there was no room left.
    :param steal_share: time that the host took from this machine's cores.
    :param collector_ns: time in the garbage collector.
    :param memory_bytes: the most that the load process held.
    :param clock_step_ns: the farthest that the clock which the kernel stamps with was set at once.
    :param late_p50_ns: the median time between when a request was due and when it was begun; likewise ``late_p99_ns``
        and ``late_longest_ns``.
    :param reconnects: requests that were sent again because a reused connection turned out to be closed.
    :param socket_errors: connections that could not be made, broke or fell silent.
    :param round_trip_ns: the shortest time that the network took there and back, of all connections.
    :param round_trip_p50_ns: the median connection's, smoothed by the kernel.
    """

    stamp_p99_ns: int
    loop_longest_ns: int
    run_queue_share: float | None
    loop_p50_ns: int = 0
    loop_p99_ns: int = 0
    gap_p50_ns: int = 0
    gap_p99_ns: int = 0
    gap_longest_ns: int = 0
    cpu_share: float = 0.0
    steal_share: float | None = None
    collector_ns: int = 0
    memory_bytes: int = 0
    clock_step_ns: int = 0
    late_p50_ns: int = 0
    late_p99_ns: int = 0
    late_longest_ns: int = 0
    reconnects: int = 0
    socket_errors: int = 0
    round_trip_ns: int | None = None
    round_trip_p50_ns: int | None = None


def certificate_in(kept: Mapping[str, Any], path: str) -> Certificate:
    """The certificate that a ``case.json`` holds.

    :param path: how messages call it.
    :raises StoreError: when it is not of this version.
    """
    try:
        return Certificate(**kept["certificate"])
    except (KeyError, TypeError) as error:
        raise StoreError(f"the certificate in {path} cannot be read: another version wrote it ({error})") from error


_COUNTS = {"reconnects", "socket_errors"}


def worst_of(certificates: Iterable[Certificate]) -> Certificate:
    """Of several load processes, or rounds, the worst in each respect; what is counted is added up."""
    several = list(certificates)
    columns = {field.name: [getattr(one, field.name) for one in several] for field in fields(Certificate)}
    return Certificate(**{name: _worst(name, values) for name, values in columns.items()})


def _worst(name: str, values: list[Any]) -> Any:  # noqa: ANN401  # each field has its own kind
    if name in _COUNTS:
        return sum(values)
    return max((value for value in values if value is not None), default=None)
