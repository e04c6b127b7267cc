"""The lease files: all that costs is written down here before it is made, and until nothing of it is left.

A lease is a file of its own in a folder, and what was written is on the disk when a call returns. Who changes one reads
it again under the folder's lock, so that neither of two processes undoes what the other wrote: the worker that makes
things notes them, while the controller moves the lease's end.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

from pytest_fmbench.clock import wall_s
from pytest_fmbench.errors import StoreError, UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.lease import Lease, Resource
from pytest_fmbench.spend.files import locked, remove_durably, write_durably
from pytest_fmbench.spend.history import Closed, add_closed, history_path, read_history
from pytest_fmbench.spend.lease_file import SUFFIX, encoded, lease_files, read_lease
from pytest_fmbench.store.base import state_root

LIFETIME_S = 1800.0
"""How long a lease lasts that nobody renews."""

_PROVISIONING_S = 7200.0
"""How long it may take another process to provision a deployment."""


class Unreadable(NamedTuple):
    """A file, or a line of one, that may be about something that costs, and that nobody can read."""

    path: Path
    reason: str


def leases_folder() -> Path:
    """Where the lease files of this user lie."""
    return state_root() / "leases"


def specification_of(deployment: Deployment) -> str:
    """A digest of everything that ``deployment`` says: alike for those that are the same, and for no others."""
    text = json.dumps(asdict(deployment), sort_keys=True)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Leases:
    """The lease files in a folder; a :class:`~pytest_fmbench.platforms.base.LeaseBook` of one session.

    :param folder: where they lie, those of all sessions of a user.
    :param session: name of ours.
    :param owner: who runs it, as ``user@host``.
    :param lifetime_s: how long a lease lasts that nobody renews.
    :param now: reads the clock that others read too.
    """

    def __init__(
        self,
        folder: Path,
        session: str,
        owner: str,
        lifetime_s: float = LIFETIME_S,
        now: Callable[[], float] = wall_s,
    ) -> None:
        self._folder, self._session, self._owner, self._lifetime_s, self._now = folder, session, owner, lifetime_s, now

    def open(
        self, deployment: Deployment, platform: str, place: Mapping[str, str], usd_per_hour: float | None
    ) -> Lease:
        """A new lease, without resources yet. Its name has 32 characters, of ``a-z0-9-``, and nobody can guess it.

        :raises StoreError: when it cannot be written; then nothing may be made.
        :raises UsageError: for what is no price.
        """
        if usd_per_hour is not None and not 0.0 <= usd_per_hour < math.inf:
            raise UsageError(f"{deployment.id} costs {usd_per_hour} USD an hour: give a number from 0")
        made_s = self._now()
        lease = Lease(
            name=f"fmbench-{token_hex(12)}",
            platform=platform,
            deployment=deployment.id,
            specification=specification_of(deployment),
            session=self._session,
            owner=self._owner,
            place=dict(place),
            made_s=made_s,
            expires_s=made_s + self._lifetime_s,
            usd_per_hour=usd_per_hour,
        )
        with self._alone():
            self._put(lease)
        return lease

    def note(self, lease: Lease, resource: Resource) -> Lease:
        """The lease with ``resource``, which takes the place of one of the same kind and name.

        :raises StoreError: when it cannot be written, or the lease is closed; then the resource may not be made.
        """
        with self._alone():
            there = self._current(lease)
            if there is None:
                raise StoreError(f"the lease {lease.name} is closed: nothing more may be made under it")
            return self._put(replace(there, resources=_with(there.resources, resource)))

    def change(self, lease: Lease, how: Callable[[Lease], Lease]) -> Lease:
        """The lease as ``how`` makes it of what lies there now, so that nothing is lost that others wrote meanwhile.

        :param how: gives it a later end, or has it kept; its name stays, and so does every resource that was noted.
        :raises StoreError: when it cannot be written, or the lease is closed.
        """
        with self._alone():
            there = self._current(lease)
            if there is None:
                raise StoreError(f"the lease {lease.name} is closed")
            changed = how(there)
            added = (one for one in changed.resources if not any(_alike(one, other) for other in there.resources))
            return self._put(replace(changed, name=there.name, resources=(*there.resources, *added)))

    def write(self, lease: Lease) -> Lease:
        """The lease as ``lease`` says, with what others noted meanwhile; errors as :meth:`change`."""
        return self.change(lease, lambda _: lease)

    def close(self, lease: Lease) -> None:
        """Nothing of it is left: a line in the history takes the place of its file. May be called twice.

        :raises StoreError: when that cannot be written, or its file cannot be read, which may name more.
        """
        with self._alone():
            there = self._current(lease)
            if there is not None:
                add_closed(self._folder, there, self._now())
                remove_durably(self._path(lease.name))

    def all(self) -> tuple[Lease, ...]:
        """Those of all sessions that can be read, oldest first. See :meth:`unreadable` for the others.

        :raises StoreError: when the folder cannot be read.
        """
        found = (read for _, read in lease_files(self._folder) if isinstance(read, Lease))
        return tuple(sorted(found, key=lambda lease: (lease.made_s, lease.name)))

    def unreadable(self) -> tuple[Unreadable, ...]:
        """Files, and lines of the history, that cannot be read. Nobody removes them but their owner.

        :raises StoreError: as :meth:`all`.
        """
        files = [Unreadable(path, read) for path, read in lease_files(self._folder) if isinstance(read, str)]
        lines = [Unreadable(history_path(self._folder), reason) for reason in read_history(self._folder).unreadable]
        return (*files, *lines)

    def history(self) -> tuple[Closed, ...]:
        """Those that are closed, in that order.

        :raises StoreError: when it cannot be read.
        """
        return read_history(self._folder).closed

    def of_session(self, session: str) -> tuple[Lease, ...]:
        """Those that a session holds, oldest first; errors as :meth:`all`."""
        return tuple(lease for lease in self.all() if lease.held_by == session)

    def of(self, specification: str) -> tuple[Lease, ...]:
        """Those for a deployment, of all sessions, oldest first; errors as :meth:`all`."""
        return tuple(lease for lease in self.all() if lease.specification == specification)

    def alone(self, specification: str) -> AbstractContextManager[None]:
        """While it lasts, no other process on this machine provisions that deployment: it waits until we are done.

        :raises StoreError: when another one takes hours, or the folder cannot be written.
        """
        return locked(self._folder / "alone" / f"{specification}.lock", _PROVISIONING_S)

    def _alone(self) -> AbstractContextManager[None]:
        return locked(self._folder / ".lock")

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{SUFFIX}"

    def _put(self, lease: Lease) -> Lease:
        write_durably(self._path(lease.name), encoded(lease))
        return lease

    def _current(self, lease: Lease) -> Lease | None:
        """As it lies there now; None where it is closed."""
        path = self._path(lease.name)
        read = read_lease(path)
        if isinstance(read, str):
            raise StoreError(f"cannot read {path}: {read}; it is left as it is")
        return read


def _alike(one: Resource, other: Resource) -> bool:
    return (one.kind, one.name) == (other.kind, other.name)


def _with(resources: tuple[Resource, ...], added: Resource) -> tuple[Resource, ...]:
    """With ``added`` in the place of one that is alike, else at the end."""
    if not any(_alike(added, resource) for resource in resources):
        return (*resources, added)
    return tuple(added if _alike(added, resource) else resource for resource in resources)
