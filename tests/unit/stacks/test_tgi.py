from __future__ import annotations

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.base import AS_FOLDER
from pytest_fmbench.stacks.tgi import Tgi


def plan(quantization: str | None = None, tensor_parallel: int = 1, **options: Option) -> LaunchPlan:
    return Tgi().plan(Deployment("org/model", "tgi", "local", quantization, tensor_parallel, options=options))


def test_its_image_is_its_launcher_and_is_always_told_how_many_devices() -> None:
    planned = plan("nf4")
    arguments = (
        *("--port", "{port}", "--usage-stats", "off", "--model-id", "org/model"),
        *("--quantize", "bitsandbytes-nf4", "--num-shard", "1"),
    )
    assert planned.command == ("text-generation-launcher", "--hostname", "{host}", *arguments)
    assert planned.container is not None
    assert (planned.container.arguments, planned.container.port) == (arguments, 80)
    assert plan(tensor_parallel=2).command[-2:] == ("--num-shard", "2")


def test_the_small_model_is_a_folder() -> None:
    planned = Tgi().plan(Deployment("smollm2-135m", "tgi"))
    assert planned.command[planned.command.index("--model-id") + 1] == "{weights}"
    assert planned.quantization == AS_FOLDER


def test_every_model_answers_to_its_name_as_others_are_those_of_adapters() -> None:
    assert plan(lora="sql=/a").served_model == "tgi"


def test_its_own_dialect_is_spoken_at_the_root() -> None:
    assert plan().base_path == "/v1"
    assert plan(dialect="tgi-generate").base_path == ""


def test_it_guesses_from_the_prompt_and_by_no_other_model() -> None:
    assert plan(speculative="ngram:3").command[-2:] == ("--speculate", "3")
    with pytest.raises(UsageError, match=r"option speculative='org/draft:3': tgi guesses from the prompt, .*'ngram:N'"):
        plan(speculative="org/draft:3")
