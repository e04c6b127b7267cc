"""A server on instances of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.conditions import UNKNOWN, Plain
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.ec2.console import Console, tails
from pytest_fmbench.platforms.ec2.watching import Watch
from pytest_fmbench.platforms.ec2.ways import Way

_STOPPED = "it was stopped"


class Ec2Server:
    """It serves until it is stopped, which releases its lease.

    :param consoles: of its instances, that first at which it is asked.
    :param log: for what they tell; None where it was adopted.
    :param release: releases and closes a lease.
    :ivar lease: its lease; whoever keeps that changes it here too, so that stopping leaves it.
    """

    foreign = False

    def __init__(
        self,
        endpoint: Endpoint,
        facts: Mapping[str, Plain],
        lease: Lease,
        *,
        way: Way,
        consoles: Sequence[Console],
        watch: Watch,
        log: Path | None,
        release: Callable[[Lease], None],
    ) -> None:
        self.endpoint, self.facts, self.lease = endpoint, facts, lease
        self.version = str(facts.get("version", UNKNOWN))
        self._way, self._consoles, self._watch, self._log, self._release = way, consoles, watch, log, release
        self._released = False

    def failure(self) -> str | None:
        """What ended an instance, or the way to it; what a look some seconds ago saw."""
        return _STOPPED if self._released else self._way.failure() or self._watch.failure()

    def failure_now(self) -> str | None:
        """The same, by a look that is taken now."""
        return _STOPPED if self._released else self._way.failure() or self._watch.failure_now()

    def log_tail(self) -> Sequence[str]:
        """The last 50 lines of each instance's console; a server that ends writes its own last ones there."""
        return tails(self._consoles)

    def stop(self) -> None:
        """Release the lease, unless it is kept. May be called twice.

        :raises CloudFault: when something of it is left; it may then be called again.
        :raises StoreError: when the console's log cannot be written; it is released all the same.
        """
        if self._released:
            return
        self._way.close()
        try:
            if self._log:
                keep_consoles(self._consoles, self._log)
        finally:  # a full disk must not keep it running
            if not self.lease.kept:
                self._release(self.lease)
            self._released = True


def keep_consoles(consoles: Sequence[Console], log: Path) -> None:
    """Append what they tell to ``log``.

    :raises StoreError: when it cannot be written.
    """
    try:
        with log.open("a", encoding="utf-8") as lines:
            lines.writelines(console.look() for console in consoles)
    except OSError as error:
        raise StoreError(f"cannot write {log}: {error}") from error
