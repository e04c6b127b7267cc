"""A deployment that was measured, as one that may be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.price import Price, TokenPrice
from pytest_fmbench.model.units import Unit

PLANNED = 0.99
"""One-sided confidence at which the rate is held that replicas are counted by."""

Curve = Sequence[tuple[float, float]]
"""A figure at rates, in order of rate."""


@dataclass(frozen=True)
class Arrival:
    """What one arrival is, in the mean of what was measured.

    :param requests: that belong to it: 1, or those of a session.
    :param input_tokens: of all of these; ``cached_tokens`` of them were read from a cache.
    :param task: whether it is a task of an agent, or a conversation.
    """

    input_tokens: float
    output_tokens: float
    cached_tokens: float = 0.0
    requests: float = 1.0
    task: bool = False


@dataclass(frozen=True)
class Candidate:
    """A deployment that was measured.

    :param name: its id.
    :param capacity: arrivals a second at which one replica holds the SLA, with interval; 0 where it holds at no rate.
    :param planned: a rate that it holds, at ``PLANNED`` where it was searched for; 0 where none is known.
    :param price: of an hour of one replica, or of tokens; None where nobody knows.
    :param limiting: the objective that sets the capacity; empty where no rate that was tried broke one.
    :param arrival: what came at that rate; None where it is not recorded.
    :param why: what its measurement says of the capacity, in words.
    :param curves: figures by name, against the rate.
    :param quality: figures of its answers, by name.
    :param refusals: why it cannot be chosen whatever it costs, each with what would help.
    :param sure: one-sided confidence at which it holds ``planned``.
    :param helps: what would help where it holds the SLA at no rate.
    """

    name: str
    capacity: Estimate
    planned: float
    price: Price | TokenPrice | None
    limiting: str = ""
    arrival: Arrival | None = None
    why: str = ""
    curves: Mapping[str, Curve] = field(default_factory=dict)
    quality: Mapping[str, Estimate] = field(default_factory=dict)
    refusals: Sequence[tuple[str, str]] = ()
    sure: float = PLANNED
    helps: str = "a faster deployment, or another SLA"

    @property
    def unit(self) -> Unit:
        """Of its rates."""
        return Unit.TASK_RATE if self.arrival is not None and self.arrival.task else Unit.REQUEST_RATE

    def figure(self, name: str, rate: float) -> float | None:
        """A figure at ``rate``, on straight lines between those that were tried; that of the nearest end beyond them.

        None where it is not known.
        """
        curve = self.curves.get(name, ())
        if not curve:
            return None
        below = [point for point in curve if point[0] <= rate]
        above = [point for point in curve if point[0] > rate]
        if not below or not above:
            return (below[-1] if below else above[0])[1]
        (near, low), (far, high) = below[-1], above[0]
        return low + (high - low) * (rate - near) / (far - near)


@dataclass(frozen=True)
class Refused:
    """A deployment that cannot be chosen.

    :param why: in words, with the objective and by how much where there is one.
    :param helps: what would change that.
    """

    name: str
    why: str
    helps: str
