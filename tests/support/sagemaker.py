"""SageMaker as a platform of tests, against AWS's stand-in."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

from pytest_fmbench.catalog import STACKS
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.price import Price
from pytest_fmbench.platforms.base import LeaseBook, Progress, Surroundings
from pytest_fmbench.platforms.sagemaker.platform import SageMaker
from pytest_fmbench.platforms.sagemaker.server import OurEndpoint

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/FmbenchServing"
DEADMAN = f"arn:aws:iam::{ACCOUNT}:role/FmbenchDeadman"
PRICES = {("sagemaker", "ml.g5.2xlarge", "us-east-1", "on-demand"): Price(1.5, "a table", "2026-11")}
"""Made up."""


def never(model: str, quantization: str | None, progress: Progress) -> NoReturn:
    raise AssertionError(f"weights of {model} are nobody's business here ({quantization}, {progress})")


def deployment(place: str = "", stack: str = "djl", type_: str = "ml.g5.2xlarge", **more: Any) -> Deployment:
    return Deployment("org/name", stack, f"sagemaker:{type_}{place}", **more)


def platform(book: LeaseBook | None, sleep: Any = lambda _: None, **settings: str) -> SageMaker:
    """It waits for nothing, as the stand-in goes on each time that it is looked at."""
    given = {"role": ROLE, "regions": "us-east-1", "scheduler_role": DEADMAN} | settings
    price = lambda *of: PRICES.get(of)  # noqa: E731  # as short as it is
    return SageMaker(Surroundings(never, book=book, settings=given, price=price), sleep)


def planned(one: Deployment) -> LaunchPlan:
    plan = STACKS[one.stack]().plan(one)
    assert isinstance(plan, LaunchPlan)
    return plan


def started(made: SageMaker, one: Deployment, said: list[str] | None = None) -> OurEndpoint:
    server = made.start(one, planned(one), Path("no/such/log"), (said if said is not None else []).append)
    assert isinstance(server, OurEndpoint)
    return server
