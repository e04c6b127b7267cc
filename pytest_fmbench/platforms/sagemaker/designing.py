"""From what a deployment wants to what is to be made of it, and where."""

from __future__ import annotations

from typing import Any

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.platforms.sagemaker import jumpstart
from pytest_fmbench.platforms.sagemaker.container import contained_of, told
from pytest_fmbench.platforms.sagemaker.design import Design
from pytest_fmbench.platforms.sagemaker.requests import copies_of
from pytest_fmbench.platforms.sagemaker.settings import Wanted


def design_of(here: Any, deployment: Deployment, plan: LaunchPlan, wanted: Wanted, region: str) -> Design:  # noqa: ANN401  # boto3's
    """What is to be made of ``deployment`` in a region.

    :param here: SageMaker there.
    :raises UsageError: for what cannot be made.
    :raises NotAllowed: for a model whose terms are not accepted.
    :raises CloudFault: where JumpStart does not say what a model of its is.
    """
    copies = copies_of(deployment, plan, wanted)
    if wanted.jumpstart:
        contained = jumpstart.contained_of(here, deployment, wanted)
    else:
        contained = contained_of(deployment, plan, wanted, region)
    return Design(deployment, plan, wanted, contained, copies)


def see_that_it_can_be_told(deployment: Deployment, plan: LaunchPlan, wanted: Wanted) -> None:
    """See what can be seen of a design without asking anybody.

    :raises UsageError: for a flag that no variable of its image can carry, and for copies that have no room.
    """
    copies_of(deployment, plan, wanted)
    if not wanted.jumpstart:
        told(deployment, plan, wanted)


def where(wanted: Wanted, region: str) -> dict[str, str]:
    """Where it is found again. The account is that of the role, which cannot be of another one."""
    told = {
        "region": region,
        "account": wanted.role.split(":")[4],
        "profile": wanted.profile,
        "scheduler_role": wanted.scheduler_role,
    }
    return {name: value for name, value in told.items() if value}
