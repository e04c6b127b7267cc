"""What is found out while cases are collected, without asking anybody."""

from __future__ import annotations

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.platforms.sagemaker.platform import SageMaker
from tests.support.sagemaker import deployment, platform


def test_what_can_be_had_is_let_through() -> None:
    for one in (deployment(), deployment("?instances=2", stack="vllm"), deployment("?endpoint=e", "openai", type_="")):
        platform(None).check(one)


@pytest.mark.parametrize(
    ("place", "stack", "options", "said"),
    [
        ("", "ollama", {}, "unknown stack of SageMaker's"),
        ("", "openai", {}, "unknown stack of SageMaker's"),
        ("?regions=mars-1", "djl", {}, "unknown region of AWS's images"),
        ("?jumpstart=m", "djl", {"context": 5}, "JumpStart makes the settings of 'm', so context would be lost"),
        ("", "tgi", {"dialect": "tgi-generate"}, "leave the option out, and give payload=messages or payload="),
    ],
)
def test_what_cannot_be_is_refused(place: str, stack: str, options: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        platform(None).check(deployment(place, stack, options=options))


def test_its_price_is_that_of_all_its_instances() -> None:
    made: SageMaker = platform(None)
    assert made.usd_per_hour(deployment("?instances=3")) == 4.5
    assert made.usd_per_hour(deployment("?regions=eu-west-1")) is None
    assert made.usd_per_hour(deployment("?endpoint=e", type_="")) is None
