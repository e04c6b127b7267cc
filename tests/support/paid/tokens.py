"""The platform ``tokens``: ``tokens:PORT`` runs already, and each token of a reply is paid, a tenth of a cent."""

from __future__ import annotations

from pathlib import Path

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.price import TokenPrice
from pytest_fmbench.platforms.base import Progress, Surroundings
from pytest_fmbench.platforms.url import RunningServer

PRICE = TokenPrice(0.0, 0.001, 0.0, 0.0, "a toy")


class ByToken:
    """Somebody else's server, whose tokens we pay."""

    name = "tokens"
    shares_this_machine = False

    def __init__(self, surroundings: Surroundings) -> None:
        pass

    def check(self, deployment: Deployment) -> None:
        pass

    def usd_per_hour(self, deployment: Deployment) -> None:
        """By the token alone."""

    def token_price(self, deployment: Deployment) -> TokenPrice | None:  # noqa: ARG002  # all cost the same
        return PRICE

    def start(self, deployment: Deployment, plan: LaunchPlan | None, log: Path, progress: Progress) -> RunningServer:  # noqa: ARG002  # the protocol's
        return RunningServer(Endpoint(f"http://127.0.0.1:{deployment.place}/v1", "m", "openai-chat"))
