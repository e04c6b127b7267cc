"""What goes wrong, when a test says so: with a call before it is done, after, or so that its answer is lost."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.support.aws.asked import Asked

BEFORE, AFTER, LOST, HANG, MEANWHILE = "before", "after", "lost", "hang", "meanwhile"
_KINDS = (BEFORE, AFTER, LOST)

ANYWHERE = (
    ("InternalError", 500),
    ("ServiceUnavailable", 503),
    ("RequestLimitExceeded", 503),
    ("ThrottlingException", 400),
    ("Throttling", 400),
)
"""What a call of AWS may be answered at any time, with its status."""

EXPIRED = {"ec2": ("RequestExpired", 400), "query": ("ExpiredToken", 403), "rest-xml": ("ExpiredToken", 400)}
"""What expired credentials are answered, by protocol; in JSON it is an ``ExpiredTokenException``."""


@dataclass
class Fault:
    """Something that goes wrong.

    :param operation: ``*`` is each.
    :param times: how often; None is always.
    :param where: request parameters that must match; see :func:`matches`.
    :param seconds: that a call hangs.
    :param skip: so many calls that are meant go well before.
    :param act: what happens at that moment, mostly to the caller, who then has no answer; nobody is told an error. What
        happens ``meanwhile`` leaves the call as it is.
    """

    operation: str
    code: str
    when: str = BEFORE
    times: int | None = 1
    status: int = 500
    where: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    skip: int = 0
    act: Callable[[], None] | None = None

    def __post_init__(self) -> None:
        """A test that says something else is wrong itself."""
        if self.when not in (*_KINDS, HANG, MEANWHILE):
            raise ValueError(f"when={self.when!r}: a fault comes {', '.join(_KINDS)}")

    def hits(self, asked: Asked) -> bool:
        """Whether this call is meant."""
        meant = self.times != 0 and self.operation in ("*", asked.operation) and matches(asked, self.where)
        self.skip -= meant
        return meant and self.skip < 0


@dataclass
class Faults:
    """All that go wrong.

    :ivar expired: the caller's credentials are.
    :ivar away: the network is cut.
    :ivar ended: what hangs goes on once this is set.
    """

    planned: list[Fault] = field(default_factory=list)
    rate: float = 0.0
    seed: int = 0
    expired: bool = False
    away: bool = False
    ended: threading.Event = field(default_factory=threading.Event)
    _drawn: int = 0

    def take(self, asked: Asked) -> Fault | None:
        """What goes wrong with this call; it is then used up."""
        if self.expired:
            code, status = EXPIRED.get(asked.protocol, ("ExpiredTokenException", 400))
            return Fault(asked.operation, code, status=status)
        for fault in self.planned:
            if fault.hits(asked):
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return self._draw(asked) if self.rate else None

    def _draw(self, asked: Asked) -> Fault | None:
        random = Random(f"{self.seed}/{self._drawn}")  # noqa: S311  # a simulation, no secret
        self._drawn += 1
        if random.random() >= self.rate:
            return None
        code, status = random.choice(ANYWHERE)
        if asked.operation == "RunInstances" and random.random() < 0.3:
            return Fault(asked.operation, "InsufficientInstanceCapacity", BEFORE, status=500)
        return Fault(asked.operation, code, random.choice(_KINDS), status=status)


def matches(asked: Asked, where: Mapping[str, str]) -> bool:
    """Whether each of ``where`` stands anywhere in the request.

    :param where: names in snake case: ``instance_type`` is any ``InstanceType``, ``zone`` is where instances would be
        made, ``region`` where the call goes.
    """
    return all(wanted in _values(asked, name) for name, wanted in where.items())


def _values(asked: Asked, name: str) -> set[str]:
    if name == "region":
        return {asked.region}
    if name == "zone":
        from tests.support.aws.zones import zone_of

        return {zone_of(asked)}
    plain = name.replace("_", "").lower()
    return {str(value) for key, value in _leaves(asked.request) if key.lower() == plain}


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _leaves(one, str(key))
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one, re.sub("s$", "", name))
            yield from _leaves(one, name)
    else:
        yield name, value
