from __future__ import annotations

import json
import sys

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.vllm import Vllm
from pytest_fmbench.stacks.vllm_cpu import VllmCpu
from pytest_fmbench.stacks.vllm_neuron import VllmNeuron

MODEL = "meta-llama/Llama-3.1-8B-Instruct"


def plan(quantization: str | None = None, tensor_parallel: int = 1, **options: Option) -> LaunchPlan:
    return Vllm().plan(Deployment(MODEL, "vllm", "local", quantization, tensor_parallel, options=options))


def test_a_process_and_a_container_get_the_same_arguments() -> None:
    planned = plan("fp8", tensor_parallel=2, context=8192)
    arguments = (
        *(MODEL, "--served-model-name", "Llama-3.1-8B-Instruct", "--quantization", "fp8"),
        *("--max-model-len", "8192", "--tensor-parallel-size", "2"),
    )
    before, after = (
        (sys.executable, "-m", "vllm.entrypoints.cli.main", "serve"),
        ("--host", "{host}", "--port", "{port}"),
    )
    assert planned.command == (*before, *arguments, *after)
    assert planned.container is not None
    assert planned.container.arguments == arguments
    assert planned.container.entrypoint == ("vllm", "serve")
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


@pytest.mark.parametrize(
    ("kept", "arguments"),
    [("awq", ("--quantization", "awq_marlin")), ("gptq", ("--quantization", "gptq_marlin")), ("nvfp4", ())],
)
def test_a_quantized_checkpoint_is_called_by_its_name_if_it_has_only_one(kept: str, arguments: tuple[str, ...]) -> None:
    assert plan(kept).command[7:-4] == arguments


def test_a_running_count_is_asked_for_with_a_stream_and_only_there() -> None:
    assert plan().request_fields == {"stream_options": {"include_usage": True, "continuous_usage_stats": True}}
    assert plan(dialect="openai-chat-whole").request_fields == {}


def test_on_a_cpu_threads_are_cores_and_gpu_precisions_are_refused() -> None:
    planned = VllmCpu().plan(Deployment("m", "vllm_cpu", options={"threads": 2}))
    assert (planned.cores, planned.accelerators) == (2, 0)
    assert planned.environment["OMP_NUM_THREADS"] == "2"
    assert planned.environment["VLLM_CPU_OMP_THREADS_BIND"] == "nobind"
    assert VllmCpu().plan(Deployment("m", "vllm_cpu", quantization="awq")).command[7:9] == ("--quantization", "awq")
    with pytest.raises(UsageError, match="vllm_cpu cannot serve weights kept as fp8"):
        VllmCpu().plan(Deployment("m", "vllm_cpu", quantization="fp8"))


def test_on_neuron_a_precision_is_one_of_the_plugin() -> None:
    planned = VllmNeuron().plan(Deployment("openai/gpt-oss-120b", "vllm_neuron", "local", "mxfp4", 64))
    assert planned.command[-8:-4] == (
        *("--additional-config", '{"neuron_config": {"quantization": "mxfp4"}}', "--tensor-parallel-size", "64"),
    )
    assert (planned.needs, planned.accelerators) == ("vllm_neuron", 64)
