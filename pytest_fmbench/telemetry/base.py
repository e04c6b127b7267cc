"""What a source of telemetry does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.model.endpoint import Endpoint


class Reading(NamedTuple):
    """One value.

    :param name: one of our words, without its family. Of a histogram ``<word>_sum``, ``<word>_count`` and
        ``<word>_bucket``.
    :param device: which of several told it; those of one sample and name differ.
    :param bound: of a histogram's bucket: it counts what was at most so large, since the server began.
    :param age_s: how long ago it was so, where whoever tells it learns it late.
    """

    name: str
    value: float
    device: str = ""
    bound: float | None = None
    age_s: float = 0.0


@dataclass(frozen=True)
class Subject:
    """What is watched; each source takes of it what it needs.

    :param endpoint: of the server.
    :param here: the server runs on this machine.
    :param page: URL of its page of metrics; None where it has none that we may ask for.
    :param no_page: why not.
    :param words: our words, and what that page calls them.
    :param dcgm_url: of the page of a DCGM exporter, which tells of the GPUs that serve; None where none was named.
    :param period_s: how often there is a sample.
    """

    endpoint: Endpoint
    here: bool
    page: str | None = None
    no_page: str = (
        "no stack that is known says where its page of metrics is, or what stands there: --fmbench-stack names one"
    )
    words: Mapping[str, str] = field(default_factory=dict)
    dcgm_url: str | None = None
    period_s: float = 1.0


class Source(Protocol):
    """A source that is there. Made of a :class:`Subject`, which raises where it is not, and says why.

    ``TelemetryFault`` is how it says that, and that a sample failed: what a library of it raises is mapped to that.
    """

    family: str
    """Of its words, as in :data:`~pytest_fmbench.model.telemetry.VOCABULARY`."""
    words: Collection[str]
    """That it may tell; of a sample some may be missing."""

    def sample(self) -> Sequence[Reading]:
        """What holds now.

        :raises TelemetryFault: when it cannot be had this time.
        """
        ...

    def close(self) -> None:
        """Let go of what was opened; no sample is asked for any more."""
        ...


def fault_of(error: Exception) -> str:
    """What went wrong with a source, in words: of what is not ours also its kind."""
    return str(error) if isinstance(error, TelemetryFault) else f"{type(error).__name__}: {error}"
