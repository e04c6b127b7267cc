"""How a session comes to a server that is paid, and parts from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_fmbench.clock import wall_s
from pytest_fmbench.errors import CloudFault, EnvironmentFault, NotAllowed, StoreError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.base import Leasing, Progress, Server
from pytest_fmbench.runs.tenancy.book import PaidBook
from pytest_fmbench.runs.tenancy.uses import Uses
from pytest_fmbench.spend.alive import is_alive
from pytest_fmbench.spend.leases import Leases, specification_of

_ALLOWS = "--fmbench-budget"


@dataclass
class Tenancy:
    """A session's dealings with what is paid, in one of its processes.

    :param session: its name.
    :param owner: who runs it, as ``user@host``.
    :param lifetime_s: how long a lease lasts unless it is renewed, in seconds.
    :param keep: what is up is left to the next session, until it expires.
    """

    leases: Leases
    book: PaidBook
    uses: Uses
    session: str
    owner: str
    lifetime_s: float
    keep: bool
    say: Progress
    _held: dict[Deployment, Lease] = field(default_factory=dict)

    def have(self, platform: Leasing, deployment: Deployment, plan: LaunchPlan | None, log: Path) -> Server:
        """The server of ``deployment``: one that this session has already or an earlier one kept, else a new one.

        :raises NotAllowed: when it needs money that it has not been given.
        :raises NotMeasured: when the budget does not reach.
        :raises StoreError: when the lease cannot be written; then nothing was made.
        :raises EnvironmentFault: when it cannot be had.
        """
        specification = specification_of(deployment)
        with self.leases.alone(specification):
            server = self._adopted(platform, deployment, plan)
            if server is None:
                server = self._made(platform, deployment, plan, log)
            for lease in self._ours(specification):
                self._held[deployment] = lease
                self.uses.begin(lease.name)
        return server

    def _made(self, platform: Leasing, deployment: Deployment, plan: LaunchPlan | None, log: Path) -> Server:
        """A new one. Whatever else it lacks, a session that may spend nothing is told what would allow it to."""
        try:
            usd_per_hour = platform.usd_per_hour(deployment)
            if usd_per_hour is not None:
                self.book.see_that_it_may_be(deployment, usd_per_hour)
            return platform.start(deployment, plan, log, self.say)
        except NotAllowed as error:
            if self.book.may_spend or _ALLOWS in str(error):
                raise
            raise NotAllowed(f"{error}; it costs money too, and {_ALLOWS} USD allows that") from None

    def leave(self, deployment: Deployment, platform: Leasing, server: Server, *, for_good: bool = False) -> None:
        """Part from ``server``: it is released, unless another worker uses it, or it is to be kept.

        What cannot be released is told, and stays in the book: the end of the session tries again.

        :param for_good: it is not kept, whatever the session wants.
        """
        with self.leases.alone(specification_of(deployment)):
            lease = self._held.pop(deployment, None)
            if lease is not None and not self.uses.end(lease.name):
                return  # the last of the workers that use it releases it
            try:
                if lease is not None and self.keep and not for_good:
                    self._kept(platform, lease)
                else:
                    server.stop()
            except (CloudFault, StoreError) as error:
                self.say(f"{deployment.id} was not released: {error}; it is tried again at the end of the session")

    def _adopted(self, platform: Leasing, deployment: Deployment, plan: LaunchPlan | None) -> Server | None:
        """The server of a lease that may be adopted; what turns out not to be what it claims is released."""
        for lease in self._adoptable(specification_of(deployment)):
            ours = self._taken_over(platform, deployment, lease)
            try:
                server = platform.adopt(ours, deployment, plan, self.say)
            except EnvironmentFault as error:
                if not self.uses.end(lease.name):
                    raise  # another worker measures on it
                self.say(f"{lease.name} is not adopted: {error}; it is released")
                platform.release(ours, self.say)
                self.book.close(ours)
            else:
                self.say(f"adopted {lease.name} for {deployment.id}")
                return server
        return None

    def _adoptable(self, specification: str) -> Iterator[Lease]:
        """First those of this session, which a worker that died may have left half made; then those that were kept."""
        found = self.leases.of(specification)
        yield from (lease for lease in found if lease.held_by == self.session)
        for lease in found:
            kept = lease.kept and lease.owner == self.owner and lease.expires_s > wall_s()
            if kept and lease.held_by != self.session and not is_alive(lease.held_by):  # else it is still renewed there
                yield lease

    def _taken_over(self, platform: Leasing, deployment: Deployment, lease: Lease) -> Lease:
        """The lease, now of this session; one that it kept itself is paid for again."""
        if lease.held_by == self.session and not lease.kept:
            return lease
        self.book.take_over(lease, deployment)
        ours = self.leases.change(lease, self._as_ours)
        try:
            platform.renew(ours)
        except CloudFault as error:
            self.say(f"{lease.name} is not renewed yet: {error}")
        return ours

    def _as_ours(self, lease: Lease) -> Lease:
        return replace(lease, holder=self.session, kept=False, expires_s=wall_s() + self.lifetime_s)

    def _kept(self, platform: Leasing, lease: Lease) -> None:
        expires_s = wall_s() + self.lifetime_s
        platform.renew(replace(lease, expires_s=expires_s))  # first, since a lease that is kept is left alone
        self.leases.change(lease, lambda there: replace(there, kept=True, expires_s=expires_s))
        self.book.hand_on(lease)

    def _ours(self, specification: str) -> list[Lease]:
        return [lease for lease in self.leases.of(specification) if lease.held_by == self.session]
