"""What a platform does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pytest_fmbench.model.conditions import Plain
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.secret import Secret

Progress = Callable[[str], None]
"""Told, in a few words for people, what is being done."""


Locate = Callable[[str, str | None, Progress], Path]
"""Finds the weights of a model and quantization on this machine, fetching them if it must."""


@dataclass(frozen=True)
class Surroundings:
    """What platforms are made with; each takes of it what it needs.

    :param locate: finds weights on this machine.
    :param target: the running endpoint that the user named; None if none was.
    :param headers: for it, and for it alone.
    :param ca_bundle: file of certificates to trust there; None trusts the usual ones.
    :param proxy: what leads there, as ``http2`` and ``fresh_connections`` of :class:`Endpoint` are how it is spoken to.
    :param cache: folder for what servers in containers download; None keeps nothing of it.
    """

    locate: Locate
    target: Deployment | None = None
    headers: Mapping[str, str | Secret] = field(default_factory=dict)
    ca_bundle: str | None = None
    proxy: str | None = None
    http2: bool = False
    fresh_connections: bool = False
    cache: Path | None = None


class Server(Protocol):
    """A server that answers, until it is stopped."""

    endpoint: Endpoint
    foreign: bool
    """Somebody else pays for its tokens, or needs it for other work: it is asked for no more than the cap."""
    version: str
    """Of the software that serves, as the server itself says it; ``unknown`` where it does not."""
    facts: Mapping[str, Plain]
    """What else it says of itself, and what it was started from, such as its image's digest: they are conditions."""

    def failure(self) -> str | None:
        """Why it serves no more; None while it does."""
        ...

    def log_tail(self) -> Sequence[str]:
        """The last lines that it wrote; empty where they are not ours to read."""
        ...

    def stop(self) -> None:
        """Stop what was started, and nothing else. May be called twice."""
        ...


class Platform(Protocol):
    """A place where servers run."""

    name: str
    shares_this_machine: bool
    """Two of its servers would slow each other down, so only one is kept at a time."""

    def check(self, deployment: Deployment) -> None:
        """Find what can be known to be wrong without starting anything.

        :raises UsageError: for an instance that can never be had.
        """
        ...

    def usd_per_hour(self, deployment: Deployment) -> float | None:
        """What a server costs while it is up, in dollars an hour; None where it is not ours, so that others know."""
        ...

    def start(self, deployment: Deployment, plan: LaunchPlan | None, log: Path, progress: Progress) -> Server:
        """Start a server and return when it is ready.

        :param plan: what the stack asks for; None where the server is not ours to start.
        :param log: file for what the server writes.
        :raises NotAllowed: when it needs money, hardware or credentials that it has not been given.
        :raises EnvironmentFault: when it cannot be had.
        """
        ...
