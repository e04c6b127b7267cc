from __future__ import annotations

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.ollama import Ollama


def plan(model: str, quantization: str | None = None, /, **options: Option) -> LaunchPlan:
    return Ollama().plan(Deployment(model, "ollama", quantization=quantization, options=options))


def put(planned: LaunchPlan) -> str:
    """What its script puts into the store."""
    return planned.command[-1].partition("{ ")[2].partition("; }")[0]


def test_a_file_is_put_into_its_store_under_a_name_of_ours() -> None:
    planned = plan("smollm2-135m", "q4_1")
    assert (
        put(planned) == 'made=$(mktemp); echo "FROM {weights}" >$made; ollama create fmbench-smollm2-135m-q4_1 -f $made'
    )
    assert planned.served_model == "fmbench-smollm2-135m-q4_1"
    assert planned.ready_path == "/v1/models/fmbench-smollm2-135m-q4_1"


@pytest.mark.parametrize(
    ("model", "name"),
    [("llama3.2:1b", "fmbench-llama3.2-1b"), ("hf.co/org/m-GGUF:Q4_K_M", "fmbench-m-gguf-q4_k_m")],
)
def test_a_model_of_its_library_is_pulled_and_named(model: str, name: str) -> None:
    planned = plan(model)
    assert put(planned) == f"ollama pull {model} && ollama cp {model} {name}"
    assert planned.served_model == name


def test_its_settings_are_variables_in_both_of_its_forms() -> None:
    planned = plan("a:b", max_batch=3, context=8192, kv_precision="q8_0")
    told = {
        "OLLAMA_HOST": "{host}:{port}",
        "OLLAMA_KEEP_ALIVE": "-1",
        "OLLAMA_NUM_PARALLEL": "3",
        "OLLAMA_CONTEXT_LENGTH": "8192",
        "OLLAMA_KV_CACHE_TYPE": "q8_0",
        "OLLAMA_FLASH_ATTENTION": "1",
    }
    assert planned.container is not None
    assert planned.environment == planned.container.environment == told
    assert planned.container.arguments == planned.command[1:]


def test_it_takes_devices_unless_its_library_is_one_for_cpus() -> None:
    assert plan("a:b", pipeline_parallel=2).accelerators == 2
    assert plan("a:b", OLLAMA_LLM_LIBRARY="cpu_avx2").accelerators == 0


def test_a_tag_names_a_precision_already() -> None:
    with pytest.raises(UsageError, match="the tag of a model of Ollama's library names its precision"):
        plan("llama3.2:1b", "q4_0")
