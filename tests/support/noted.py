"""A lease book that remembers, for platforms on which what is up costs money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.lease import Lease, Resource

NOW_S = 1_790_000_000.0


@dataclass
class Noted:
    """What was written, in order.

    :param full_after: so many notes are taken; the next is a full disk.
    :param begin_s: when leases are made, in seconds since the epoch.
    :ivar open_ones: leases that are not closed, by name.
    :ivar notes: each resource as it was noted.
    """

    full_after: int | None = None
    begin_s: float = NOW_S
    lifetime_s: float = 1_800.0
    open_ones: dict[str, Lease] = field(default_factory=dict)
    notes: list[Resource] = field(default_factory=list)
    opened: int = 0

    def open(
        self, deployment: Deployment, platform: str, place: Mapping[str, str], usd_per_hour: float | None
    ) -> Lease:
        self.opened += 1
        lease = Lease(
            name=f"fmbench-{self.opened:024x}",
            platform=platform,
            deployment=deployment.id,
            specification="s",
            session="a session",
            owner="me@here",
            place=place,
            made_s=self.begin_s,
            expires_s=self.begin_s + self.lifetime_s,
            usd_per_hour=usd_per_hour,
        )
        self.open_ones[lease.name] = lease
        return lease

    def note(self, lease: Lease, resource: Resource) -> Lease:
        if self.full_after is not None and len(self.notes) >= self.full_after:
            raise StoreError("the disk is full")
        self.notes.append(resource)
        there = self.open_ones[lease.name]
        others = tuple(one for one in there.resources if (one.kind, one.name) != (resource.kind, resource.name))
        self.open_ones[lease.name] = replace(there, resources=(*others, resource))
        return self.open_ones[lease.name]

    def close(self, lease: Lease) -> None:
        self.open_ones.pop(lease.name, None)
