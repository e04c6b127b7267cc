"""What sessions that are gone have left behind, and ending it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from pytest_fmbench.errors import FmbenchError, NotAllowed, UnknownName
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.base import Leasing, Progress
from pytest_fmbench.spend.leases import Leases

_SECONDS_PER_HOUR = 3_600.0


@dataclass(frozen=True)
class Found:
    """A lease that is not closed.

    :param filed: it stands in a lease file of this machine; else its tags alone tell of it.
    :param due: whether it may be ended.
    :param why: it may, or may not.
    """

    lease: Lease
    filed: bool
    due: bool
    why: str


@dataclass(frozen=True)
class Wanted:
    """Which leases are asked for.

    :param session: of this one only; None is of all.
    :param older_s: that were made longer ago than that, in seconds.
    :param kept: those too that a session kept for the next one.
    """

    session: str | None = None
    older_s: float = 0.0
    kept: bool = False


@dataclass(frozen=True)
class Search:
    """Where is looked, and by what.

    :param platforms: those whose servers are paid, by name.
    :param is_alive: whether a session of this machine is.
    :param now_s: in seconds since the epoch.
    """

    leases: Leases
    platforms: Mapping[str, Leasing]
    is_alive: Callable[[str], bool]
    now_s: float

    def found(self, wanted: Wanted, regions: Sequence[str], tell: Progress) -> list[Found]:
        """All leases that there are, oldest first: those of the files, and those that only tags tell of.

        :param tell: told where could not be looked, for want of credentials, say.
        :raises CloudFault: when it cannot be known what there is.
        """
        filed = {lease.name: lease for lease in self.leases.all()}
        strays = [lease for lease in self._strays(regions, tell) if lease.name not in filed]
        found = [
            *(self._weighed(lease, wanted, filed=True) for lease in filed.values()),
            *(self._weighed(lease, wanted, filed=False) for lease in strays),
        ]
        asked = (one for one in found if wanted.session in (None, one.lease.session, one.lease.held_by))
        # one that is dated ahead was made by a clock that was wrong; it costs all the same
        old = (one for one in asked if not wanted.older_s or self.now_s - one.lease.made_s >= wanted.older_s)
        return sorted(old, key=lambda one: (one.lease.made_s, one.lease.name))

    def platform(self, lease: Lease) -> Leasing:
        """That which made it.

        :raises UnknownName: where there is none of that name here.
        """
        if lease.platform not in self.platforms:
            raise UnknownName("platform", lease.platform, self.platforms)
        return self.platforms[lease.platform]

    def _strays(self, regions: Sequence[str], tell: Progress) -> Iterable[Lease]:
        for name, platform in self.platforms.items():
            yield from _strays_of(name, platform, regions, tell)

    def _weighed(self, lease: Lease, wanted: Wanted, *, filed: bool) -> Found:
        due, why = self._due(lease, wanted, filed=filed)
        return Found(lease, filed, due, why)

    def _due(self, lease: Lease, wanted: Wanted, *, filed: bool) -> tuple[bool, str]:
        """Whether it may be ended, and why."""
        if self.is_alive(lease.held_by):
            return False, "its session is alive"
        if lease.expires_s <= self.now_s:
            return True, "it has expired"
        if lease.kept and not wanted.kept:
            return False, "it is kept for the next session; --kept ends it"
        if filed:
            return True, "it is kept" if lease.kept else "its session is gone"
        if wanted.session in (lease.session, lease.held_by):
            return True, "its session was named, and is not alive here"
        return False, "its session may be alive on another machine; --session ends it, if it is not"


def _strays_of(name: str, platform: Leasing, regions: Sequence[str], tell: Progress) -> Iterable[Lease]:
    try:
        return platform.strays(regions)
    except NotAllowed as error:
        tell(f"{name}: not looked for by tags: {error}")
        return ()


def end(one: Found, search: Search, say: Progress) -> str:
    """End what is due; returns why it could not be, empty if it was.

    Looked at again while nobody else may adopt it: a session may have done so since.
    """
    try:
        # what no file names nobody can adopt; and what its tags say becomes no path here
        with search.leases.alone(one.lease.specification) if one.filed else nullcontext():
            lease = _now(one, search.leases)
            if lease is None:
                return ""
            if search.is_alive(lease.held_by):
                return "a session has adopted it meanwhile"
            search.platform(lease).release(lease, say)
            if one.filed:
                search.leases.close(lease)
    except FmbenchError as error:
        return str(error)
    return ""


def cost_so_far(lease: Lease, now_s: float) -> float | None:
    """Dollars since it was made; None where nobody knows what it costs."""
    if lease.usd_per_hour is None:
        return None
    return lease.usd_per_hour * max(0.0, now_s - lease.made_s) / _SECONDS_PER_HOUR


def _now(one: Found, leases: Leases) -> Lease | None:
    """The lease as it stands in its file now; None where it is closed. What only tags tell of is as it was found."""
    if not one.filed:
        return one.lease
    return next((lease for lease in leases.all() if lease.name == one.lease.name), None)
