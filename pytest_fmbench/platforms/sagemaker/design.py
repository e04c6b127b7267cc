"""What is to be made, all of it, before anything is."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.platforms.sagemaker.asking import COMPONENT, ENDPOINT, Kind
from pytest_fmbench.platforms.sagemaker.container import Contained
from pytest_fmbench.platforms.sagemaker.settings import Wanted


@dataclass(frozen=True)
class Design:
    """An endpoint to make.

    :param copies: of the model, over all instances; more than one are an inference component's.
    """

    deployment: Deployment
    plan: LaunchPlan
    wanted: Wanted
    contained: Contained
    copies: int = 1

    @property
    def ready_s(self) -> float:
        """How long a container may take until it answers."""
        return self.wanted.container_s or self.plan.ready_timeout_s

    @property
    def served_as(self) -> tuple[Kind, ...]:
        """What must serve, in the order in which it does."""
        return (ENDPOINT, COMPONENT) if self.copies > 1 else (ENDPOINT,)
