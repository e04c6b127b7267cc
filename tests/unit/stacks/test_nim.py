from __future__ import annotations

import pytest

from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import Container
from pytest_fmbench.stacks.nim import Nim


def container(model: str, /, **options: Option) -> Container:
    planned = Nim().plan(Deployment(model, "nim", tensor_parallel=2, options=options))
    assert planned.command == ()
    assert (planned.ready_path, planned.accelerators) == ("/v1/health/ready", 2)
    assert planned.container is not None
    return planned.container


def test_vllms_flags_are_arguments_and_the_model_is_a_variable() -> None:
    made = container("org/model", max_batch=8)
    assert made.arguments == ("--max-num-seqs", "8", "--tensor-parallel-size", "2")
    assert made.environment == {"NIM_SERVED_MODEL_NAME": "model", "NIM_MODEL_PATH": "hf://org/model"}


@pytest.mark.parametrize("place", ["/weights/model", "ngc://nim/meta/model:1"])
def test_what_is_no_id_says_itself_where_it_lies(place: str) -> None:
    assert container(place).environment["NIM_MODEL_PATH"] == place


def test_an_image_that_brings_its_model_is_told_its_name_only() -> None:
    made = container("meta/llama-3.1-8b-instruct", image="nvcr.io/nim/meta/llama-3.1-8b-instruct:2.0.3")
    assert made.environment == {"NIM_SERVED_MODEL_NAME": "llama-3.1-8b-instruct"}
