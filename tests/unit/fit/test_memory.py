from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_fmbench.fit.architecture import Architecture
from pytest_fmbench.fit.fitting import GIB
from pytest_fmbench.fit.memory import (
    RUNTIME_BYTES,
    Asked,
    activation_bytes,
    cache_bytes,
    kept_as,
    need,
    token_bytes,
    weight_bytes,
)
from pytest_fmbench.fit.parameters import parameters
from pytest_fmbench.fit.reading import read_config
from pytest_fmbench.model.precision import precision
from tests.support.models import CONFIGS


def architecture(model: str = "Llama-3.1-8B") -> Architecture:
    found = read_config(CONFIGS[model])
    assert isinstance(found, Architecture)
    return found


def cache(model: str, context: int = 1, **how: object) -> int:
    return cache_bytes(architecture(model), replace(Asked(context), **how))  # type: ignore[arg-type]  # any field


@pytest.mark.parametrize(
    ("model", "parallel", "gib"),
    [("Llama-3.1-8B", 1, 14.96), ("Llama-3.1-8B", 2, 7.48), ("Mistral-7B-v0.1", 1, 13.49)],
)
def test_weights_are_as_large_as_vllm_said(model: str, parallel: int, gib: float) -> None:
    """The first two: https://github.com/vllm-project/vllm/pull/10511; the third, by hand."""
    found = need(architecture(model), Asked(1, tensor_parallel=parallel))
    assert round(found.weights / GIB, 2) == gib


def test_the_cache_is_as_large_as_vllm_said() -> None:
    """ "To serve at least one request with the model's max seq len (131072), 16.00 GiB KV cache is needed" """
    assert cache("Llama-3.1-8B", 131_072) == 16 * GIB
    assert cache("Llama-3.1-8B", 131_072, kv_precision="fp8") == 8 * GIB


@pytest.mark.parametrize(
    ("model", "each"),
    [
        ("Llama-3.1-8B", 32 * 2 * 8 * 128 * 2),
        ("Qwen2.5-7B", 28 * 2 * 4 * 128 * 2),
        ("gemma-2-9b", 42 * 2 * 8 * 256 * 2),
        ("DeepSeek-V3", 61 * (512 + 64) * 2),
    ],
)
def test_a_token_takes_keys_and_values_of_each_layer(model: str, each: int) -> None:
    assert cache(model) == each
    assert cache(model, 100, concurrency=3) == 300 * each


def test_heads_are_cut_as_far_as_there_are_enough_and_latent_ones_are_not() -> None:
    sizes = [token_bytes(architecture(), Asked(1, tensor_parallel=cut)) for cut in (1, 2, 8, 16)]
    assert sizes == [4096, 2048, 512, 512]
    latent = architecture("DeepSeek-V3")
    assert {token_bytes(latent, Asked(1, tensor_parallel=cut)) for cut in (1, 8)} == {(512 + 64) * 2}


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("Mistral-7B-v0.1", 32 * 4096),
        ("gemma-2-9b", 21 * 8192 + 21 * 4096),
        ("gpt-oss-20b", 12 * 8192 + 12 * 128),
        ("Qwen2.5-7B", 28 * 8192),
    ],
)
def test_a_window_keeps_no_more_than_that(model: str, tokens: int) -> None:
    assert cache(model, 8192) == tokens * token_bytes(architecture(model), Asked(1))


@pytest.mark.parametrize(
    ("model", "kept", "bits"),
    [
        ("Llama-3.1-8B", "fp32", lambda all_, _: 32 * all_.total),
        ("Llama-3.1-8B", "q4_1", lambda all_, _: 5 * all_.total),
        ("Llama-3.1-8B", "fp8", lambda all_, _: 8 * all_.matrices + 16 * (all_.total - all_.matrices)),
        ("Llama-3.1-8B", "awq", lambda all_, _: 4.25 * all_.matrices + 16 * (all_.total - all_.matrices)),
        ("Mixtral-8x7B-v0.1", "fp8", lambda all_, _: 16 * all_.total - 8 * (all_.matrices + all_.experts)),
        ("gpt-oss-20b", "mxfp4", lambda all_, _: 16 * all_.total - 11.75 * all_.experts),
        ("Llama-3.1-8B", "mxfp4", lambda all_, _: 16 * all_.total),
    ],
)
def test_a_precision_is_of_what_it_quantizes(model: str, kept: str, bits: object) -> None:
    found = parameters(architecture(model))
    assert weight_bytes(found, precision(kept)) == pytest.approx(bits(found, model) / 8, abs=2)  # type: ignore[operator]


def test_gpt_oss_is_about_as_large_as_its_files() -> None:
    """13.76 GB of safetensors: https://huggingface.co/openai/gpt-oss-20b"""
    of = architecture("gpt-oss-20b")
    assert kept_as(of, Asked(1)).name == "mxfp4"
    assert weight_bytes(parameters(of), kept_as(of, Asked(1))) == pytest.approx(13.76e9, rel=0.01)


def test_own_precision_is_taken_where_none_is_asked() -> None:
    of = architecture("DeepSeek-V3")
    assert [kept_as(of, Asked(1, quantization=name)).name for name in (None, "awq")] == ["fp8", "awq"]
    assert kept_as(architecture(), Asked(1)).name == "bf16"


def test_activations_are_those_of_one_step() -> None:
    of = architecture()
    assert (
        activation_bytes(of, Asked(8192, 256, step_tokens=8192))
        == 8192 * (2 * 14336 + 2 * 4096) * 2 + 256 * 128_256 * 4
    )
    assert activation_bytes(of, Asked(10)) == 10 * (2 * 14336 + 2 * 4096) * 2 + 128_256 * 4


def test_stages_share_layers_and_the_tables_are_on_the_first_and_the_last() -> None:
    of, found = architecture(), parameters(architecture())
    table = found.embedding * 2
    one, two = (need(of, Asked(1, pipeline_parallel=stages)).weights for stages in (1, 2))
    assert one == found.total * 2
    assert two == (found.total * 2 - 2 * table) // 2 + table


def test_a_file_of_weights_is_as_large_as_it_is() -> None:
    assert need(architecture(), Asked(1, weights=1000)).weights == 1000
    assert need(architecture(), Asked(1, weights=1000, tensor_parallel=3, pipeline_parallel=2)).weights == 167


def test_only_accelerators_have_a_runtime() -> None:
    of = architecture()
    assert need(of, Asked(1)).runtime == RUNTIME_BYTES
    without = need(of, Asked(1), on_accelerators=False)
    assert without.runtime == 0
    assert without.total == without.weights + without.cache + without.activations
