"""What is found out while cases are collected, without asking anybody."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.catalog import PLATFORMS, STACKS
from pytest_fmbench.errors import UsageError
from pytest_fmbench.platforms.base import Surroundings
from pytest_fmbench.platforms.sagemaker.platform import SageMaker
from pytest_fmbench.runs.pool import Pool
from tests.support.sagemaker import deployment, never, planned, platform


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
        ("", "triton", {}, r"Triton serves a repository of models, .* give its place in S3 with model_data="),
        (
            "?payload=inputs",
            "triton",
            {},
            "triton takes no payload=inputs; give one of generate, generate-whole, infer",
        ),
        ("?payload=infer", "vllm", {}, "vllm takes no payload=infer; give one of messages, messages-whole, inputs, in"),
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


@pytest.mark.parametrize(
    ("stack", "more", "said"),
    [
        (
            "sglang",
            {"options": {"lora": "a=/x,b=/y"}},
            "--lora-paths takes 2 words, and a variable of its image holds one",
        ),
        ("vllm", {"options": {"--Odd": 1}}, "no variable of its image can be called after --Odd"),
        ("vllm", {"replicas": 2, "tensor_parallel": 1}, "2 replicas take 2 accelerators, and 1 x ml.g5.2xlarge have 1"),
    ],
)
def test_what_no_variable_carries_is_refused_while_cases_are_collected(
    stack: str, more: dict[str, Any], said: str, tmp_path: Path
) -> None:
    one = deployment(stack=stack, **more)
    pool = Pool(PLATFORMS, STACKS, Surroundings(never), tmp_path, list[str]().append)
    with pytest.raises(UsageError, match=re.escape(said)):
        pool.check(one)
    pool.check(deployment("?endpoint=e", stack, type_="", **{**more, "replicas": 1}))  # theirs is told nothing


def test_triton_s_knobs_are_its_repository_s(tmp_path: Path) -> None:
    pool = Pool(PLATFORMS, STACKS, Surroundings(never), tmp_path, list[str]().append)
    place = "?model_data=s3://b/r/"
    pool.check(deployment(place, "triton"))
    with pytest.raises(UsageError, match="triton has no 'context'; it has none"):
        pool.check(deployment(place, "triton", options={"context": 4096}))


def test_a_plan_that_can_be_carried_out_is_let_through() -> None:
    for stack in ("djl", "tgi", "vllm", "sglang"):
        one = deployment(stack=stack)
        platform(None).check_plan(one, planned(one))
