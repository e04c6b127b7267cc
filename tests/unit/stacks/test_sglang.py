from __future__ import annotations

import sys
from typing import Any

import pytest

from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.base import AS_FOLDER
from pytest_fmbench.stacks.sglang import SgLang


def plan(quantization: str | None = None, tensor_parallel: int = 1, **options: Option) -> LaunchPlan:
    return SgLang().plan(Deployment("org/model", "sglang", "local", quantization, tensor_parallel, options=options))


def test_a_container_runs_the_same_module() -> None:
    planned = plan("fp8", 2, max_batch=8)
    arguments = (
        *("-m", "sglang.launch_server", "--host", "{host}", "--port", "{port}", "--enable-metrics"),
        *("--model-path", "org/model", "--served-model-name", "model"),
        *("--quantization", "fp8", "--max-running-requests", "8", "--tp-size", "2"),
    )
    assert planned.command == (sys.executable, *arguments)
    assert planned.container is not None
    assert (planned.container.arguments, planned.container.port) == (("python3", *arguments), 30_000)


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({"expert_parallel": True}, ("--ep-size", "4")),
        ({"prefix_cache": True}, ()),
        ({"prefix_cache": False}, ("--disable-radix-cache",)),
        ({"chunked_prefill": False}, ("--chunked-prefill-size", "-1")),
        ({"lora": "a=/x,b=/y"}, ("--enable-lora", "--lora-paths", "a=/x", "b=/y")),
        (
            {"speculative": "ngram:6"},
            ("--speculative-algorithm", "NGRAM", "--speculative-num-draft-tokens", "7"),
        ),
        (
            {"speculative": "org/draft:3"},
            (
                *("--speculative-algorithm", "STANDALONE", "--speculative-draft-model-path", "org/draft"),
                *("--speculative-num-steps", "3", "--speculative-eagle-topk", "1"),
                *("--speculative-num-draft-tokens", "4"),
            ),
        ),
    ],
)
def test_a_knob_is_spelt_as_it_spells_it(options: dict[str, Any], arguments: tuple[str, ...]) -> None:
    asked = plan(tensor_parallel=4, **options).command
    plain = plan(tensor_parallel=4).command
    assert asked == (*plain[:-2], *arguments, *plain[-2:])


def test_the_small_model_is_a_folder() -> None:
    planned = SgLang().plan(Deployment("smollm2-135m", "sglang"))
    assert planned.command[planned.command.index("--model-path") + 1] == "{weights}"
    assert (planned.served_model, planned.quantization) == ("smollm2-135m", AS_FOLDER)
