"""Moving the end that leases come to by themselves, while their session lives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from pytest_fmbench.clock import wall_s
from pytest_fmbench.errors import FmbenchError
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.base import Leasing
from pytest_fmbench.spend.leases import Leases

SHARE = 1 / 6
"""Of a lease's life after which it is renewed: five renewals may fail before it ends."""

_SOON_S = 30.0


class Renewal:
    """Renews all leases of a session, in a thread of the process that leads it; workers never do.

    :param platform_of: a platform by its name.
    :param lifetime_s: of a lease from each renewal on, whatever the clock said before, in seconds.
    :ivar problems: the last one of each lease that could not be renewed since, by name.
    """

    def __init__(self, leases: Leases, session: str, platform_of: Callable[[str], Leasing], lifetime_s: float) -> None:
        self._leases, self._session, self._platform_of = leases, session, platform_of
        self._lifetime_s = lifetime_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._renew_on, name="fmbench-renewal", daemon=True)
        self.problems: dict[str, str] = {}

    def start(self) -> None:
        """Begin; the first renewal comes after a sixth of a lease's life."""
        self._thread.start()

    def stop(self) -> None:
        """End, once a renewal that is under way has ended. May be called twice."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def renew_all(self) -> None:
        """Renew each lease: in the book first, so that nobody takes for expired what lives on."""
        try:
            leases = self._leases.of_session(self._session)
        except FmbenchError as error:
            self.problems[self._session] = str(error)
            return
        there = {lease.name for lease in leases}
        self.problems = {name: problem for name, problem in self.problems.items() if name in there}
        for lease in leases:
            self._renew(lease)

    def _renew(self, lease: Lease) -> None:
        try:
            self._platform_of(lease.platform).renew(self._leases.change(lease, self._later))
        except Exception as error:  # noqa: BLE001  # the others are renewed all the same; it is told at the end
            self.problems[lease.name] = f"{lease.name} was not renewed: {error}"
        else:
            self.problems.pop(lease.name, None)

    def _later(self, lease: Lease) -> Lease:
        return replace(lease, expires_s=wall_s() + self._lifetime_s)

    def _renew_on(self) -> None:
        wait_s = self._lifetime_s * SHARE
        while not self._over.wait(min(wait_s, _SOON_S) if self.problems else wait_s):
            self.renew_all()
