"""What a deployment costs, asked of its platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.price import TokenPrice
from pytest_fmbench.platforms.base import Leasing, Platform
from pytest_fmbench.runs.tenancy.cost import Cost
from pytest_fmbench.spend.ledger import Ledger

_ASKED = 1_000
"""Tokens, in and out, whose price a budget must reach before anything is asked for."""


@runtime_checkable
class PaidByToken(Protocol):
    """What a platform has whose tokens we pay for."""

    def token_price(self, deployment: Deployment) -> TokenPrice | None:
        """Of the tokens of ``deployment``; None where they are not ours to pay.

        :raises NotAllowed: when nobody knows it, with what would tell.
        """
        ...


@dataclass(frozen=True)
class Paying:
    """Holds what servers cost against the session's ledger."""

    ledger: Ledger

    def see_that_it_may_be(self, platform: Platform, deployment: Deployment) -> None:
        """See that a server that is paid by the token may be asked.

        :raises NotAllowed: when there is no budget.
        :raises NotMeasured: when it is spent.
        """
        price = _token_price(platform, deployment)
        if price is not None:
            self.ledger.see_that_it_is_allowed(deployment.id, price.usd(_ASKED, _ASKED))

    def cost_of(self, platform: Platform, deployment: Deployment) -> Cost | None:
        """What it costs; None where it costs us nothing."""
        usd_per_hour = (platform.usd_per_hour(deployment) or 0.0) if isinstance(platform, Leasing) else 0.0
        price = _token_price(platform, deployment)
        if not usd_per_hour and price is None:
            return None
        return Cost(self.ledger, deployment.id, usd_per_hour, price)


def _token_price(platform: Platform, deployment: Deployment) -> TokenPrice | None:
    return platform.token_price(deployment) if isinstance(platform, PaidByToken) else None
