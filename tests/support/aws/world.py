"""All that the stand-in knows beside moto: one world a test."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from tests.support.aws.answering import Answer
from tests.support.aws.asked import Asked
from tests.support.aws.faults import Faults

if TYPE_CHECKING:
    from tests.support.aws.boots import Boots

Forward = Callable[[Mapping[str, str]], Answer]
"""Hands the request on to moto, with more parameters where its body is a form."""

Handler = Callable[["World", Asked, Forward], Any]
"""Does a call: returns a mapping by the names of the output shape, or an :class:`Answer`; raises a refusal."""

Table = dict[tuple[str, str], dict[str, Any]]
"""Things by region and name, each as AWS describes it."""


@dataclass(frozen=True)
class Call:
    """A call that came.

    :param operation: as boto3's model spells it, such as ``RunInstances``.
    :param request: by the model's names.
    """

    service: str
    operation: str
    region: str
    request: dict[str, Any]


@dataclass
class Becoming:
    """What endpoints, and inference components, come to.

    :param after: so many times they are described as still being made, and then deleted, before they are.
    """

    status: str = "InService"
    reason: str = ""
    after: int = 0


@dataclass
class World:
    """What there is.

    :ivar ahead_s: how far this world's clock is ahead.
    :ivar tokens: of RunInstances: by region and token, what was asked and what was answered.
    :ivar tags: by ARN, of what is not moto's.
    :ivar prices: by service, instance type and region, dollars an hour; none is invented.
    """

    boots: Boots
    faults: Faults = field(default_factory=Faults)
    calls: list[Call] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unheard: list[str] = field(default_factory=list)
    ahead_s: float = 0.0
    becoming: Becoming = field(default_factory=Becoming)
    tokens: dict[tuple[str, str], tuple[Any, Answer]] = field(default_factory=dict)
    models: Table = field(default_factory=dict)
    configs: Table = field(default_factory=dict)
    endpoints: Table = field(default_factory=dict)
    components: Table = field(default_factory=dict)
    schedules: Table = field(default_factory=dict)
    schedule_groups: Table = field(default_factory=dict)
    throughputs: Table = field(default_factory=dict)
    reservations: Table = field(default_factory=dict)
    in_reservations: dict[str, dict[str, Any]] = field(default_factory=dict)
    spot_requests: Table = field(default_factory=dict)
    placements: Table = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    quotas: dict[tuple[str, str], float] = field(default_factory=dict)
    prices: dict[tuple[str, str, str], float] = field(default_factory=dict)

    def now_s(self) -> float:
        """This world's time, in seconds since the epoch."""
        return time.time() + self.ahead_s

    def now(self) -> datetime:
        """The same."""
        return datetime.fromtimestamp(self.now_s(), timezone.utc)
