from __future__ import annotations

import sys

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.transformers import Transformers


def plan(model: str = "org/model", tensor_parallel: int = 1, /, **options: Option) -> LaunchPlan:
    return Transformers().plan(Deployment(model, "transformers", "local", "bf16", tensor_parallel, options=options))


def test_it_is_one_server_of_one_model() -> None:
    serve = (sys.executable, "-m", "transformers.cli.transformers", "serve", "org/model")
    assert plan().command == (*serve, "--host", "{host}", "--port", "{port}", "--dtype", "bfloat16")


@pytest.mark.parametrize(
    ("model", "name", "kept"), [("org/model", "org/model", "bf16"), ("smollm2-135m", "{weights}", "hf-bf16")]
)
def test_it_answers_under_the_name_that_it_was_given(model: str, name: str, kept: str) -> None:
    planned = plan(model)
    assert (planned.served_model, planned.command[4], planned.quantization) == (name, name, kept)


def test_it_refuses_fields_that_it_does_not_know_so_none_are_added() -> None:
    assert plan().request_fields == {}


def test_with_threads_it_computes_on_a_cpu() -> None:
    on_cpu = plan(threads=2)
    assert (on_cpu.cores, on_cpu.accelerators, on_cpu.environment["OMP_NUM_THREADS"]) == (2, 0, "2")
    assert on_cpu.command[-2:] == ("--device", "cpu")
    assert plan().accelerators == 1


@pytest.mark.parametrize("knob", [{"kv_share": 0.5}, {"max_batch_tokens": 256}])
def test_knobs_of_its_batches_turn_them_on(knob: dict[str, Option]) -> None:
    assert "--continuous-batching" in plan(**knob).command


def test_it_is_cut_over_nothing() -> None:
    with pytest.raises(UsageError, match="transformers serve computes on one device"):
        plan("m", 2)
