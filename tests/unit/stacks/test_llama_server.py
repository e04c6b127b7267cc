from __future__ import annotations

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.llama_server import LlamaServer


def plan(tensor_parallel: int = 1, /, **options: Option) -> LaunchPlan:
    deployment = Deployment("org/m-GGUF", "llama_server", "local", "gguf-Q4_K_M", tensor_parallel, options=options)
    return LlamaServer().plan(deployment)


def test_a_program_and_a_container_get_the_same_arguments() -> None:
    arguments = (
        *("--model", "{weights}", "--host", "{host}", "--port", "{port}", "--alias", "m-GGUF", "--metrics"),
        *("--gpu-layers", "999", "--parallel", "4", "--ctx-size", "16384"),
    )
    planned = plan()
    assert planned.command == ("llama-server", *arguments)
    assert planned.container is not None
    assert (planned.container.arguments, planned.container.port) == (arguments, 8080)
    assert (planned.model, planned.quantization) == ("org/m-GGUF", "q4_k_m")


def test_its_context_is_that_of_all_requests_together() -> None:
    command = plan(context=1000, max_batch=3).command
    assert command[command.index("--ctx-size") + 1] == "3000"


def test_with_threads_it_computes_on_a_cpu_and_its_image_is_another() -> None:
    on_cpu, on_gpus = plan(threads=2), plan(2)
    assert (on_cpu.cores, on_cpu.accelerators, on_gpus.cores, on_gpus.accelerators) == (2, 0, 0, 2)
    assert on_cpu.command[on_cpu.command.index("--gpu-layers") + 1] == "0"
    assert on_cpu.container
    assert on_gpus.container
    assert on_cpu.container.image == "ghcr.io/ggml-org/llama.cpp:server"
    assert on_gpus.container.image == "ghcr.io/ggml-org/llama.cpp:server-cuda"


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ("ngram:5", ("--spec-type", "ngram-simple", "--spec-ngram-simple-size-m", "5")),
        (
            "/draft.gguf:3",
            ("--spec-type", "draft-simple", "--spec-draft-model", "/draft.gguf", "--spec-draft-n-max", "3"),
        ),
    ],
)
def test_what_is_guessed_ahead_has_a_type(said: str, how: tuple[str, ...]) -> None:
    command = plan(speculative=said).command
    assert command[command.index("--spec-type") :][: len(how)] == how


def test_both_halves_of_its_cache_are_kept_alike() -> None:
    assert " --cache-type-k q8_0 --cache-type-v q8_0" in " ".join(plan(kv_precision="q8_0").command)


@pytest.mark.parametrize(
    ("tensor_parallel", "options", "message"),
    [
        (2, {"pipeline_parallel": 2}, "llama_server cuts a model by rows or by layers, not by both$"),
        (2, {"threads": 1}, "with threads it computes on a CPU, so nothing is cut over devices$"),
        (1, {"speculative": "ngram"}, "give 'ngram:N' or 'MODEL:N', with N tokens from 1$"),
        (1, {"max_batch": 0}, "option max_batch=0 must be a whole number from 1$"),
    ],
)
def test_what_does_not_go_together_is_refused(tensor_parallel: int, options: dict[str, Option], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        plan(tensor_parallel, **options)


def test_embeddings_are_all_that_it_serves_where_they_are_asked_for() -> None:
    asked = plan(dialect="openai-embeddings")
    assert (asked.command[-1], asked.base_path) == ("--embeddings", "/v1")
    assert "--embeddings" not in plan().command
    assert plan(dialect="llamacpp-completion").base_path == ""
