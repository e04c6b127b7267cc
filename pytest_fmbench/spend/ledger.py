"""The budget of a session, which all of its processes share: a file, changed under a lock that keeps the others out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from pytest_fmbench.clock import wall_s
from pytest_fmbench.errors import NotAllowed, NotMeasured, StoreError
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.spend.account import Account, Reservation, Running, decoded, encoded
from pytest_fmbench.spend.files import locked, remove_durably, write_durably
from pytest_fmbench.store.base import state_root

_SUFFIX = ".json"
_TINY_USD = 1e-9
"""By how much sums of floating-point numbers may be off."""


def ledgers_folder() -> Path:
    """Where the ledgers of this user lie."""
    return state_root() / "ledgers"


def sessions_with_ledgers(folder: Path) -> tuple[str, ...]:
    """Names of the sessions whose ledgers lie in ``folder``.

    :raises StoreError: when it cannot be read.
    """
    try:
        return tuple(sorted(path.stem for path in folder.iterdir() if path.suffix == _SUFFIX))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise StoreError(f"cannot read {folder}: {error}") from error


class Ledger:
    """What a session may spend, and what it has.

    Dollars are reserved before something is made, so that two processes cannot both take the last ones; what is
    reserved is a lease's from its beginning until its end, and counts until it has cost more. Times are on the clock
    that everybody reads, in seconds since the epoch; now, where they are not given. A step back takes nothing away.

    :param folder: where ledgers lie.
    :param budget_usd: that the session may spend; None where it may spend none.
    :param now: reads that clock.
    """

    def __init__(self, folder: Path, session: str, budget_usd: float | None, now: Callable[[], float] = wall_s) -> None:
        self._path = folder / f"{session}{_SUFFIX}"
        self._session, self._budget_usd, self._now = session, budget_usd, now

    @property
    def has_budget(self) -> bool:
        """Whether anything may be spent at all, however much is left."""
        return self._budget_usd is not None

    def see_that_it_is_allowed(self, what: str, usd: float | None, at_s: float | None = None) -> None:
        """See that ``usd`` may be spent on ``what``. It is not reserved by that.

        :param usd: an estimate; None where nobody knows a price.
        :raises NotAllowed: when there is no budget, or no estimate.
        :raises NotMeasured: when what is left of the budget does not reach.
        :raises StoreError: when the ledger cannot be read.
        """
        self._see_that_it_reaches(self._read(), what, usd, self._at(at_s))

    def reserve(self, what: str, usd: float | None, at_s: float | None = None) -> Callable[[], None]:
        """Keep ``usd`` for ``what``, until a lease for it begins, this process ends, or what is returned is called.

        :returns: withdraws what is still reserved then; may be called at any time.
        :raises NotAllowed, NotMeasured, StoreError: as :meth:`see_that_it_is_allowed`.
        """
        name = uuid4().hex
        with self._changing(at_s) as account:
            estimate = self._see_that_it_reaches(account, what, usd, self._at(at_s))
            account.reservations[name] = Reservation(what, estimate, os.getpid())

        def withdraw() -> None:
            with self._changing(None) as account:
                account.reservations.pop(name, None)

        return withdraw

    def begin(self, lease: Lease, usd_per_hour: float, at_s: float | None = None) -> None:
        """``lease`` costs from now on, at most until :meth:`end`; it has what this process reserved for its deployment.

        Call it before the lease's first resource is made. A lease that costs already goes on as it does.

        :raises NotAllowed: when there is no budget.
        :raises NotMeasured: when nothing was reserved, and nothing is left.
        :raises StoreError: when it cannot be written.
        """
        with self._changing(at_s) as account:
            if lease.name in account.running:
                return
            promised = account.take_over(lease.deployment, os.getpid())
            if not promised:
                self._see_that_it_reaches(account, lease.deployment, 0.0, self._at(at_s))
            account.running[lease.name] = Running(lease.deployment, usd_per_hour, promised, 0.0, self._at(at_s))

    def end(self, lease: Lease, at_s: float | None = None) -> None:
        """``lease`` costs no more. May be called twice.

        :raises StoreError: when it cannot be written.
        """
        with self._changing(at_s) as account:
            ended = account.running.pop(lease.name, None)
            if ended is not None:
                account.ended[lease.name] = account.ended.get(lease.name, 0.0) + ended.usd(self._at(at_s))

    def pay(self, what: str, usd: float) -> None:
        """So much was spent on ``what``, such as tokens; it comes from what this process reserved for that.

        :raises StoreError: when it cannot be written.
        """
        with self._changing(None) as account:
            account.draw(what, os.getpid(), usd)
            account.paid[what] = account.paid.get(what, 0.0) + usd

    def spent_usd(self, at_s: float | None = None) -> float:
        """What was spent by then, in dollars.

        :raises StoreError: when the ledger cannot be read.
        """
        return self._read().spent_usd(self._at(at_s))

    def left_usd(self, at_s: float | None = None) -> float:
        """What is left of the budget then, in dollars; 0 without a budget. What others have reserved is still left."""
        return max(0.0, (self._budget_usd or 0.0) - self.spent_usd(at_s))

    def told(self, at_s: float | None = None) -> dict[str, object]:
        """All of it in plain values, in dollars: leases and what was paid at once, by name."""
        return self._read().told(self._budget_usd, self._at(at_s))

    def remove(self) -> None:
        """Forget it; for that of a session that is over.

        :raises StoreError: when it cannot be removed.
        """
        with locked(self._lock()):
            remove_durably(self._path)
        self._lock().unlink(missing_ok=True)

    def _see_that_it_reaches(self, account: Account, what: str, usd: float | None, at_s: float) -> float:
        if usd is None:
            raise NotAllowed(
                f"{what} costs money, and nobody knows how much; --fmbench-price INSTANCE=USD says what an hour costs"
            )
        if self._budget_usd is None:
            raise NotAllowed(f"{what} costs money, about {show(usd, Unit.USD)}: --fmbench-budget USD allows it")
        free = self._budget_usd - account.taken_usd(at_s)
        if usd > free + _TINY_USD or free <= 0.0:
            raise NotMeasured(
                f"{what} may cost {show(usd, Unit.USD)}, and {show(max(0.0, free), Unit.USD)} of --fmbench-budget "
                f"{self._budget_usd:g} are neither spent nor promised"
            )
        return usd

    @contextmanager
    def _changing(self, at_s: float | None) -> Iterator[Account]:
        """The account, to be changed; written unless an exception leaves the context."""
        with locked(self._lock()):
            account = self._read()
            account.count(self._at(at_s))
            yield account
            account.budget_usd = self._budget_usd
            write_durably(self._path, encoded(account))

    def _read(self) -> Account:
        """The account as it lies there, which is whole at any time, without what the dead have reserved."""
        try:
            account = decoded(self._path.read_bytes())
        except FileNotFoundError:
            account = Account(session=self._session, budget_usd=self._budget_usd)
        except (OSError, StoreError) as error:
            raise StoreError(f"cannot read {self._path}: {error}; nothing is spent meanwhile") from error
        _forget_the_dead(account)
        return account

    def _lock(self) -> Path:
        return self._path.with_suffix(".lock")

    def _at(self, at_s: float | None) -> float:
        return self._now() if at_s is None else at_s


def _forget_the_dead(account: Account) -> None:
    """Give back what processes have reserved that are gone."""
    from psutil import pid_exists

    for name in [name for name, one in account.reservations.items() if not pid_exists(one.pid)]:
        del account.reservations[name]
