"""What deployments are paid by, as far as anybody says: what dollars are counted by that a run or a task costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_fmbench.errors import UsageError
from pytest_fmbench.metrics.base import Metric
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.price import Tariff, TokenPrice
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.platforms.base import Leasing, Platform
from pytest_fmbench.runs.tenancy.paying import PaidByToken

_OPTION = "--fmbench-price"


@dataclass(frozen=True)
class Tariffs:
    """What is known of prices beside those of platforms that we pay: what the user says of his own.

    :param hours: dollars an hour, of an instance as deployments name it (``local``, ``url:http://...``), or of all of a
        platform by its name.
    :param tokens: what tokens of a model cost; None where he does not say.
    """

    hours: Mapping[str, float] = field(default_factory=dict)
    tokens: Callable[[str], TokenPrice | None] = lambda _: None

    def of(self, platform: Platform, deployment: Deployment) -> Tariff | None:
        """What ``deployment`` is paid by: what we pay for it, else what the user says; None where nobody says.

        A machine that generates load is paid too, and is in the budget, but serves nobody: it is no part of this.

        :raises NotAllowed: where what we would pay is not known.
        """
        tokens = platform.token_price(deployment) if isinstance(platform, PaidByToken) else None
        paid = platform.price_of_serving(deployment) if isinstance(platform, Leasing) else None
        if paid is not None and paid.usd_per_hour:
            return Tariff(paid.usd_per_hour, tokens, paid.source, paid.date)
        if not isinstance(platform, PaidByToken):
            tokens = self.tokens(deployment.model)
        hour = self.hours.get(deployment.instance, self.hours.get(deployment.platform, 0.0))
        return Tariff(hour, tokens, _OPTION if hour else "") if hour or tokens else None


def see_that_dollars_are_known(
    objectives: Sequence[Objective],
    metrics: Registry[Metric],
    tariff: Tariff | None,
    what: str,
    instance: str = "INSTANCE",
) -> None:
    """See that no objective counts dollars where nobody says what a deployment costs.

    :param what: is measured, for messages.
    :param instance: as the deployment names it.
    :raises UsageError: for the first that does.
    """
    for one in objectives:
        if metrics[one.metric].priced and tariff is None:
            raise UsageError(
                f"{one.text!r} counts dollars, and nobody says what {what} costs: --fmbench-price {instance}=USD says "
                "what an hour of it does, and the file that --fmbench-prices names what its tokens do, under "
                '[tokens."MODEL"]'
            )
