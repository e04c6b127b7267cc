from __future__ import annotations

import pytest

from pytest_fmbench.fit.architecture import Architecture, Unknown
from pytest_fmbench.fit.gguf import read_metadata
from pytest_fmbench.fit.memory import Asked, cache_bytes

SMOLLM2 = {
    "general.architecture": "llama",
    "llama.block_count": 30,
    "llama.context_length": 8192,
    "llama.embedding_length": 576,
    "llama.feed_forward_length": 1536,
    "llama.attention.head_count": 9,
    "llama.attention.head_count_kv": 3,
    "llama.vocab_size": 49152,
}


def read(**changed: object) -> Architecture:
    found = read_metadata(SMOLLM2 | {f"llama.{name.replace('__', '.')}": value for name, value in changed.items()})
    assert isinstance(found, Architecture)
    return found


def test_the_cache_is_that_of_the_same_model_in_another_form() -> None:
    found = read()
    assert (found.layers, found.hidden, found.head_dim, found.context) == (30, 576, 64, 8192)
    assert cache_bytes(found, Asked(2048, 4)) == 30 * 2 * 3 * 64 * 2 * 2048 * 4


def test_heads_have_their_own_size_where_it_is_said() -> None:
    assert read(attention__key_length=128).head_dim == 128


def test_what_differs_by_layer_counts_as_its_mean() -> None:
    assert read(attention__head_count_kv=[8, 0, 8, 1]).kv_heads == 4


@pytest.mark.parametrize(("kind", "windowed"), [("llama", 30), ("gemma2", 15), ("gemma3", 25)])
def test_windows_are_of_so_many_layers(kind: str, windowed: int) -> None:
    said = {name.replace("llama", kind): kind if value == "llama" else value for name, value in SMOLLM2.items()}
    found = read_metadata(said | {f"{kind}.attention.sliding_window": 512})
    assert isinstance(found, Architecture)
    assert (found.window, found.windowed) == (512, windowed)


def test_a_latent_cache_keeps_its_rank() -> None:
    found = read(attention__kv_lora_rank=512, rope__dimension_count=64)
    assert cache_bytes(found, Asked(1)) == 30 * (512 + 64) * 2


def test_what_is_missing_is_named() -> None:
    found = read_metadata({"general.architecture": "llama"})
    assert found == Unknown("its header does not say attention.head_count")
