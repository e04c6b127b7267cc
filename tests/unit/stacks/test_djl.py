from __future__ import annotations

import json

import pytest

from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import Container
from pytest_fmbench.stacks.djl import Djl


def container(quantization: str | None = None, tensor_parallel: int = 1, **options: Option) -> Container:
    planned = Djl().plan(Deployment("org/model", "djl", "local", quantization, tensor_parallel, options=options))
    assert planned.command == ()
    assert planned.accelerators == tensor_parallel
    assert planned.container is not None
    return planned.container


def test_it_is_told_everything_by_variables() -> None:
    assert container("fp8", 2, context=8192, prefix_cache=False).environment == {
        "HF_MODEL_ID": "org/model",
        "OPTION_ASYNC_MODE": "true",
        "OPTION_ROLLING_BATCH": "disable",
        "OPTION_ENTRYPOINT": "djl_python.lmi_vllm.vllm_async_service",
        "OPTION_SERVED_MODEL_NAME": "model",
        "TENSOR_PARALLEL_DEGREE": "2",
        "OPTION_QUANTIZATION": "fp8",
        "OPTION_MAX_MODEL_LEN": "8192",
        "OPTION_ENABLE_PREFIX_CACHING": "false",
    }


@pytest.mark.parametrize("quantization", ["awq", "gptq", "w8a8"])
def test_a_quantized_checkpoint_says_itself_what_it_is(quantization: str) -> None:
    assert container(quantization).environment == container().environment


def test_what_is_guessed_ahead_is_an_object() -> None:
    told = container(speculative="org/draft:3").environment["OPTION_SPECULATIVE_CONFIG"]
    assert json.loads(told) == {"model": "org/draft", "num_speculative_tokens": 3}


def test_the_engines_other_settings_are_options_too() -> None:
    assert container(OPTION_ENFORCE_EAGER="true").environment["OPTION_ENFORCE_EAGER"] == "true"
