from __future__ import annotations

import pytest

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.tei import Tei


def plan(tensor_parallel: int = 1, /, **options: Option) -> LaunchPlan:
    return Tei().plan(Deployment("BAAI/bge-m3", "tei", "local", "fp16", tensor_parallel, options=options))


def test_it_speaks_embeddings_and_nothing_else() -> None:
    assert plan().dialect == "openai-embeddings"
    with pytest.raises(UnknownName, match="dialect of stack 'tei': 'openai-chat'"):
        plan(dialect="openai-chat")


def test_a_program_and_a_container_get_the_same_arguments() -> None:
    planned = plan(max_batch_tokens=16384)
    arguments = (
        *("--model-id", "BAAI/bge-m3", "--served-model-name", "bge-m3", "--dtype", "float16"),
        *("--max-batch-tokens", "16384"),
    )
    assert planned.command == ("text-embeddings-router", "--hostname", "{host}", "--port", "{port}", *arguments)
    assert planned.container is not None
    assert (planned.container.arguments, planned.container.port) == (arguments, 80)


def test_its_image_says_what_it_computes_on() -> None:
    assert plan().accelerators == 1
    assert plan(image="ghcr.io/huggingface/text-embeddings-inference:cpu-1.9").accelerators == 0


def test_it_is_cut_over_nothing() -> None:
    with pytest.raises(UsageError, match=r"tei computes on one device; leave tensor_parallel at 1$"):
        plan(2)
