"""What dead sessions leave in the user's state beside their leases."""

from __future__ import annotations

from collections.abc import Callable

from pytest_fmbench.spend.leases import Leases
from pytest_fmbench.spend.ledger import Ledger, ledgers_folder, sessions_with_ledgers


def forget_ledgers(leases: Leases, is_alive: Callable[[str], bool]) -> None:
    """Remove the ledgers of sessions that are over and hold nothing; what was spent stands in their records.

    :raises StoreError: when one cannot be removed.
    """
    folder, holding = ledgers_folder(), {lease.held_by for lease in leases.all()}
    for session in sessions_with_ledgers(folder):
        if session not in holding and not is_alive(session):
            Ledger(folder, session, None).remove()
