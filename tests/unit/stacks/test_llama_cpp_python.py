from __future__ import annotations

import sys

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.llama_cpp_python import LlamaCppPython


def plan(tensor_parallel: int = 1, /, **options: Option) -> LaunchPlan:
    stack = "llama_cpp_python"
    return LlamaCppPython().plan(Deployment("m", stack, "local", "q4_1", tensor_parallel, options=options))


def test_all_layers_are_on_a_device_unless_it_has_threads() -> None:
    begin = (sys.executable, "-m", "llama_cpp.server", "--model", "{weights}", "--host", "{host}", "--port", "{port}")
    assert plan().command == (*begin, "--model_alias", "m", "--n_gpu_layers", "-1")
    on_cpu = plan(threads=2)
    assert on_cpu.command[-6:] == ("--n_gpu_layers", "0", "--n_threads", "2", "--n_threads_batch", "2")
    assert (on_cpu.cores, on_cpu.accelerators, plan().accelerators) == (2, 0, 1)


def test_a_file_is_looked_for_by_its_precision() -> None:
    assert (plan().model, plan().quantization) == ("m", "q4_1")


def test_whether_it_cuts_streams_is_a_flag_of_its_own() -> None:
    options: dict[str, Option] = {"--interrupt_requests": "false"}
    assert plan(**options).command[-2:] == ("--interrupt_requests", "false")


def test_it_guesses_from_the_prompt_on_one_device() -> None:
    assert plan(speculative="ngram:5").command[-1] == "5"
    with pytest.raises(UsageError, match=r"option speculative='draft:3': llama_cpp_python guesses from the prompt"):
        plan(speculative="draft:3")
    with pytest.raises(UsageError, match="llama_cpp_python computes on one device"):
        plan(2)
