"""What a session has spent, and what it has promised to others of its processes: the arithmetic, without files."""

from __future__ import annotations

import msgspec

from pytest_fmbench.errors import StoreError

VERSION = 1
_SECONDS_PER_HOUR = 3600.0


class Reservation(msgspec.Struct):
    """Dollars that a process of the session may be about to spend.

    :param what: it is for.
    :param pid: of that process; what it reserved ends with it.
    """

    what: str
    usd: float
    pid: int


class Running(msgspec.Struct):
    """A lease that costs.

    :param promised_usd: what was reserved for it: so much it may cost, and others may not have it.
    :param counted_usd: what it had cost at ``counted_s``, in seconds since the epoch. It is counted on from there, so
        that a clock that steps back takes nothing of it away.
    """

    what: str
    usd_per_hour: float
    promised_usd: float
    counted_usd: float
    counted_s: float

    def usd(self, at_s: float) -> float:
        """What it has cost by then."""
        return self.counted_usd + max(0.0, at_s - self.counted_s) * self.usd_per_hour / _SECONDS_PER_HOUR


class Account(msgspec.Struct, kw_only=True):
    """All dollars of a session.

    :param budget_usd: that it may spend; None where it may spend none.
    :param reservations: by a name of their own.
    :param running: leases, by name.
    :param ended: what leases have cost that cost no more, by name.
    :param paid: what was paid at once, such as for tokens, by what it was for.
    """

    version: int = VERSION
    session: str
    budget_usd: float | None
    reservations: dict[str, Reservation] = msgspec.field(default_factory=dict)
    running: dict[str, Running] = msgspec.field(default_factory=dict)
    ended: dict[str, float] = msgspec.field(default_factory=dict)
    paid: dict[str, float] = msgspec.field(default_factory=dict)

    def spent_usd(self, at_s: float) -> float:
        """What was spent by then: paid, and what each lease has cost."""
        return self._settled_usd() + sum(lease.usd(at_s) for lease in self.running.values())

    def taken_usd(self, at_s: float) -> float:
        """What is spent or promised: each lease counts what it may cost, or what it has if that is more."""
        running = sum(max(lease.promised_usd, lease.usd(at_s)) for lease in self.running.values())
        return self._settled_usd() + running + sum(one.usd for one in self.reservations.values())

    def told(self, budget_usd: float | None, at_s: float) -> dict[str, object]:
        """All of it in plain values, in dollars: leases and what was paid at once, by name."""
        leases = dict(self.ended)
        for name, lease in self.running.items():
            leases[name] = leases.get(name, 0.0) + lease.usd(at_s)
        spent = self.spent_usd(at_s)
        left = None if budget_usd is None else max(0.0, budget_usd - spent)
        return {
            "budget_usd": budget_usd,
            "spent_usd": spent,
            "left_usd": left,
            "leases": leases,
            "paid": dict(self.paid),
        }

    def count(self, at_s: float) -> None:
        """Count what leases cost by then, and go on from there."""
        for lease in self.running.values():
            lease.counted_usd, lease.counted_s = lease.usd(at_s), at_s

    def take_over(self, what: str, pid: int) -> float:
        """Take the reservation that a process has for ``what``, if it has one; returns its dollars."""
        for name, one in self.reservations.items():
            if (one.what, one.pid) == (what, pid):
                return self.reservations.pop(name).usd
        return 0.0

    def draw(self, what: str, pid: int, usd: float) -> None:
        """Take dollars from what a process has reserved for ``what``, as far as that reaches."""
        for one in self.reservations.values():
            if (one.what, one.pid) == (what, pid):
                drawn = min(one.usd, usd)
                one.usd, usd = one.usd - drawn, usd - drawn

    def _settled_usd(self) -> float:
        return sum(self.ended.values()) + sum(self.paid.values())


def encoded(account: Account) -> bytes:
    """What stands in an account's file."""
    return msgspec.json.format(msgspec.json.encode(account)) + b"\n"


def decoded(content: bytes) -> Account:
    """What :func:`encoded` made ``content`` of.

    :raises StoreError: when it cannot be read, or is of another version.
    """
    try:
        account = msgspec.json.decode(content, type=Account)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StoreError(f"it holds no account: {error}") from error
    if account.version != VERSION:
        raise StoreError(f"it has version {account.version} of its form, and this release reads {VERSION}")
    return account
