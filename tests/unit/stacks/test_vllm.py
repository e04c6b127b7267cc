from __future__ import annotations

import json
import sys

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.vllm import Vllm
from pytest_fmbench.stacks.vllm_cpu import VllmCpu

MODEL = "meta-llama/Llama-3.1-8B-Instruct"


def plan(quantization: str | None = None, tensor_parallel: int = 1, **options: Option) -> LaunchPlan:
    return Vllm().plan(Deployment(MODEL, "vllm", "local", quantization, tensor_parallel, options=options))


def test_a_process_and_a_container_get_the_same_arguments() -> None:
    planned = plan("fp8", tensor_parallel=2, context=8192)
    arguments = (
        *("--model", MODEL, "--served-model-name", "Llama-3.1-8B-Instruct", "--quantization", "fp8"),
        *("--max-model-len", "8192", "--tensor-parallel-size", "2"),
    )
    module = (sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--host", "{host}", "--port", "{port}")
    assert planned.command == (*module, *arguments)
    assert planned.container is not None
    assert planned.container.arguments == arguments
    assert planned.served_model == "Llama-3.1-8B-Instruct"


def test_it_takes_an_accelerator_for_each_part_of_each_copy() -> None:
    assert plan().accelerators == 1
    assert plan(tensor_parallel=2, pipeline_parallel=3, data_parallel=2).accelerators == 12


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ("ngram:5", {"method": "ngram", "prompt_lookup_max": 4, "num_speculative_tokens": 5}),
        ("org/draft:3", {"model": "org/draft", "num_speculative_tokens": 3}),
    ],
)
def test_what_is_guessed_ahead_is_one_flag(said: str, how: dict[str, object]) -> None:
    command = plan(speculative=said).command
    assert json.loads(command[command.index("--speculative-config") + 1]) == how


@pytest.mark.parametrize("said", ["ngram", "ngram:", "ngram:0", ":4", "org/draft:x"])
def test_what_is_no_guess_is_refused(said: str) -> None:
    with pytest.raises(UsageError, match=rf"option speculative={said!r}: give 'ngram:N' or 'MODEL:N'"):
        plan(speculative=said)


def test_each_adapter_is_an_argument() -> None:
    command = plan(lora="sql=/a, law=/b").command
    assert command[command.index("--enable-lora") :][:4] == ("--enable-lora", "--lora-modules", "sql=/a", "law=/b")


def test_on_a_cpu_threads_are_cores_and_gpu_precisions_are_refused() -> None:
    planned = VllmCpu().plan(Deployment("m", "vllm_cpu", options={"threads": 2}))
    assert (planned.cores, planned.accelerators) == (2, 0)
    assert planned.environment["OMP_NUM_THREADS"] == "2"
    with pytest.raises(UsageError, match="vllm_cpu cannot serve weights kept as fp8"):
        VllmCpu().plan(Deployment("m", "vllm_cpu", quantization="fp8"))
