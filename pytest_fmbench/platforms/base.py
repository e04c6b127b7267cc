"""What a platform does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from pytest_fmbench.model.conditions import Plain
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.lease import Lease, Resource
from pytest_fmbench.model.price import Price, TokenPrice
from pytest_fmbench.model.secret import Secret

Progress = Callable[[str], None]
"""Told, in a few words for people, what is being done."""


Locate = Callable[[str, str | None, Progress], Path]
"""Finds the weights of a model and quantization on this machine, fetching them if it must."""


class LeaseBook(Protocol):
    """Where a platform writes down what it makes, before it makes it. What a call wrote is durable when it returns."""

    def open(
        self, deployment: Deployment, platform: str, place: Mapping[str, str], usd_per_hour: float | None
    ) -> Lease:
        """A new lease, without resources yet.

        :raises StoreError: when it cannot be written; then nothing may be made.
        """
        ...

    def note(self, lease: Lease, resource: Resource) -> Lease:
        """The lease with ``resource``, which takes the place of one of the same kind and name; errors as above."""
        ...

    def close(self, lease: Lease) -> None:
        """Nothing of it is left."""
        ...


@dataclass(frozen=True)
class Surroundings:
    """What platforms are made with; each takes of it what it needs.

    :param locate: finds weights on this machine.
    :param target: the running endpoint that the user named; None if none was.
    :param headers: for it, and for it alone.
    :param ca_bundle: file of certificates to trust there; None trusts the usual ones.
    :param proxy: what leads there, as ``http2`` and ``fresh_connections`` of :class:`Endpoint` are how it is spoken to.
    :param cache: folder for what servers in containers download; None keeps nothing of it.
    :param token_price: what tokens of a model cost, by what requests call it; None where it is not known.
    :param book: where what costs money is written down; None where nothing that does is started.
    :param settings: of platforms, by name, for the whole session; see :func:`pytest_fmbench.model.place.place_of`.
    :param keys: folder for keys of machines that are entered; None where nobody keeps any.
    :param price: of an hour, by platform, what is wanted there, region and market; None where it is not known.
    """

    locate: Locate
    target: Deployment | None = None
    headers: Mapping[str, str | Secret] = field(default_factory=dict)
    ca_bundle: str | None = None
    proxy: str | None = None
    http2: bool = False
    fresh_connections: bool = False
    cache: Path | None = None
    token_price: Callable[[str], TokenPrice | None] = lambda _: None
    book: LeaseBook | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    keys: Path | None = None
    price: Callable[[str, str, str, str], Price | None] = lambda *_: None


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


@runtime_checkable
class SeenFromAfar(Server, Protocol):
    """A server whose ``failure`` is what was seen some seconds ago, as who is asked is far away."""

    def failure_now(self) -> str | None:
        """The same, by a look that is taken now and waited for; None where nothing can be seen."""
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


@runtime_checkable
class Leasing(Platform, Protocol):
    """A platform on which what is up costs money until it is released.

    Its servers' ``stop`` releases their lease, and closes it in the book, unless it is kept; it does nothing else.
    """

    def price_of_serving(self, deployment: Deployment) -> Price | None:
        """What an hour of all that serves costs, and who says so; None where nobody does.

        It is :meth:`usd_per_hour` without what generates load, which is paid too, and serves nobody.
        """
        ...

    def adopt(self, lease: Lease, deployment: Deployment, plan: LaunchPlan | None, progress: Progress) -> Server:
        """The server of a lease that another worker or session holds or kept, once it is seen to be what it claims.

        :raises EnvironmentFault: when it is not, or serves no more; it is then for the caller to release it.
        """
        ...

    def renew(self, lease: Lease) -> None:
        """Move the end that its resources come to by themselves to ``lease.expires_s``.

        :raises CloudFault: when that cannot be done.
        """
        ...

    def release(self, lease: Lease, progress: Progress) -> None:
        """Delete what the lease names and what carries its tags, and nothing else; return once it costs no more.

        What is gone already is no error, so that it may be called again, by anybody, at any time.

        :raises CloudFault: when something of it is left, or that cannot be known.
        """
        ...

    def strays(self, regions: Sequence[str]) -> Sequence[Lease]:
        """What carries our tags there, as leases, whatever lease files say: found by tags alone.

        :raises CloudFault: when it cannot be looked for.
        """
        ...


@runtime_checkable
class ReadsPlans(Platform, Protocol):
    """A platform that knows of some plans that it cannot carry them out."""

    def check_plan(self, deployment: Deployment, plan: LaunchPlan) -> None:
        """Find what can be known to be wrong with ``plan`` without starting anything.

        :raises UsageError: for what cannot be carried out there.
        """
        ...


@runtime_checkable
class ServedAlready(Protocol):
    """What a platform may be."""

    served_already: bool
    """All that is asked of it runs, so that no stack is asked how it is started."""
