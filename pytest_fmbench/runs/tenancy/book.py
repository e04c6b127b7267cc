"""The book of a session that may spend: nothing is written into it, and so nothing made, without money for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pytest_fmbench.clock import wall_s
from pytest_fmbench.errors import NotAllowed
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.lease import Lease, Resource
from pytest_fmbench.spend.leases import Leases
from pytest_fmbench.spend.ledger import Ledger


class PaidBook:
    """The lease book that platforms write into: each open lease counts in the ledger from the moment it is written.

    Whatever a platform makes, it must open a lease before, so that this is the one door that money leaves by.

    :param expected_usd: what a deployment of so many dollars an hour will cost.
    """

    def __init__(self, leases: Leases, ledger: Ledger, expected_usd: Callable[[Deployment, float], float]) -> None:
        self._leases, self._ledger, self._expected_usd = leases, ledger, expected_usd

    @property
    def may_spend(self) -> bool:
        """Whether there is a budget at all."""
        return self._ledger.has_budget

    def see_that_it_may_be(self, deployment: Deployment, usd_per_hour: float) -> None:
        """See that there is money for ``deployment``, before anybody is asked for it.

        :raises NotAllowed: when there is no budget.
        :raises NotMeasured: when what is left of it does not reach.
        """
        self._ledger.see_that_it_is_allowed(deployment.id, self._expected_usd(deployment, usd_per_hour))

    def open(
        self, deployment: Deployment, platform: str, place: Mapping[str, str], usd_per_hour: float | None
    ) -> Lease:
        """A new lease, which is paid for from now on.

        :raises NotAllowed: when there is no budget, or nobody knows what it costs.
        :raises NotMeasured: when what is left of the budget does not reach.
        :raises StoreError: when it cannot be written; then nothing may be made.
        """
        if usd_per_hour is None:
            what = deployment.place.partition("?")[0] or deployment.id
            raise NotAllowed(
                f"{deployment.id}: nobody knows what it costs an hour, so that no budget can hold; "
                f"--fmbench-price {what}=USD says it"
            )
        withdraw = self._ledger.reserve(deployment.id, self._expected_usd(deployment, usd_per_hour))
        try:
            lease = self._leases.open(deployment, platform, place, usd_per_hour)
            try:
                self._ledger.begin(lease, usd_per_hour, lease.made_s)
            except BaseException:
                self._leases.close(lease)
                raise
        finally:
            withdraw()
        return lease

    def note(self, lease: Lease, resource: Resource) -> Lease:
        """The lease with ``resource``; see :class:`~pytest_fmbench.platforms.base.LeaseBook`."""
        return self._leases.note(lease, resource)

    def close(self, lease: Lease) -> None:
        """Nothing of it is left, so that nothing is paid for it any more."""
        self._leases.close(lease)
        self._ledger.end(lease, wall_s())

    def take_over(self, lease: Lease, deployment: Deployment) -> None:
        """Pay from now on for a lease that was made and paid for by an earlier session.

        :raises NotAllowed, NotMeasured: as :meth:`open`.
        """
        usd_per_hour = lease.usd_per_hour or 0.0
        withdraw = self._ledger.reserve(deployment.id, self._expected_usd(deployment, usd_per_hour))
        try:
            self._ledger.begin(lease, usd_per_hour, wall_s())
        finally:
            withdraw()

    def hand_on(self, lease: Lease) -> None:
        """Pay no more for what is kept for another session."""
        self._ledger.end(lease, wall_s())
