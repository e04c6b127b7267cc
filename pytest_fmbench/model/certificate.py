"""What a run says of its own error."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Certificate:
    """The load generator's own error in one run.

    :param stamp_p99_ns: bound on how late 99 % of the arrivals were stamped.
    :param loop_longest_ns: the longest round of the event loop.
    :param run_queue_share: share of the time that the process waited for a core; None where it is not known.
    """

    stamp_p99_ns: int
    loop_longest_ns: int
    run_queue_share: float | None
