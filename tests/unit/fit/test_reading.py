from __future__ import annotations

import pytest

from pytest_fmbench.fit.architecture import Architecture, Unknown
from pytest_fmbench.fit.quantized import quantization_of
from pytest_fmbench.fit.reading import read_config
from tests.support.models import CONFIGS

LLAMA = CONFIGS["Llama-3.1-8B"]


def read(**changed: object) -> Architecture:
    found = read_config(LLAMA | changed)
    assert isinstance(found, Architecture)
    return found


def reason(config: dict[str, object]) -> str:
    found = read_config(config)
    assert isinstance(found, Unknown)
    return found.reason


def test_types_that_are_not_known_are_not_counted() -> None:
    assert reason({}).startswith("models of type 'unknown' are not counted; those are: deepseek_v2, ")
    assert "'mamba'" in reason(LLAMA | {"model_type": "mamba"})


@pytest.mark.parametrize("name", ["hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size"])
@pytest.mark.parametrize("value", [None, "4096", 0, True])
def test_what_is_needed_and_not_said_is_named(name: str, value: object) -> None:
    assert reason(LLAMA | {name: value}) == f"its config.json does not say {name}"


def test_what_need_not_be_said_has_its_usual_value() -> None:
    bare = {name: value for name, value in LLAMA.items() if name not in ("num_key_value_heads", "tie_word_embeddings")}
    found = read_config(bare)
    assert isinstance(found, Architecture)
    assert (found.kv_heads, found.head_dim, found.tied, found.window) == (32, 128, False, 0)


def test_of_a_model_that_sees_the_language_model_is_read() -> None:
    wrapped = {"model_type": "llava", "text_config": LLAMA, "vision_config": {"hidden_size": 1024}}
    assert read_config(wrapped) == read()


@pytest.mark.parametrize(
    ("said", "windowed"),
    [
        ({"sliding_window": 512}, 32),
        ({"sliding_window": 512, "use_sliding_window": False}, 0),
        ({"sliding_window": 512, "sliding_window_pattern": 6}, 27),
        ({"sliding_window": 512, "layer_types": ["sliding_attention", "full_attention"]}, 1),
        ({"sliding_window": None}, 0),
    ],
)
def test_windows_are_of_so_many_layers(said: dict[str, object], windowed: int) -> None:
    assert read(**said).windowed == windowed


def test_experts_are_in_the_layers_that_are_sparse() -> None:
    deepseek, qwen = (read_config(CONFIGS[name]) for name in ("DeepSeek-V3", "Qwen3-30B-A3B"))
    assert isinstance(deepseek, Architecture)
    assert isinstance(qwen, Architecture)
    assert deepseek.experts
    assert (deepseek.experts.layers, deepseek.experts.shared, deepseek.widest) == (58, 1, 18432)
    assert qwen.experts
    assert (qwen.experts.layers, qwen.experts.width, qwen.widest) == (48, 768, 6144)


def group(kind: str, bits: int, *, activations: bool = True) -> dict[str, object]:
    weights = {"type": kind, "num_bits": bits}
    found = {"weights": weights, "input_activations": weights if activations else None}
    return {"quant_method": "compressed-tensors", "config_groups": {"group_0": found}}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (None, None),
        ({"quant_method": "awq", "bits": 4}, "awq"),
        ({"quant_method": "gptq", "bits": 4}, "gptq"),
        ({"quant_method": "fp8"}, "fp8"),
        ({"quant_method": "mxfp4"}, "mxfp4"),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "nf4"),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, "int8"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4"),
        (group("float", 8), "fp8"),
        (group("int", 8), "w8a8"),
        (group("int", 8, activations=False), "int8"),
        (group("int", 4, activations=False), "int4"),
    ],
)
def test_quantization_is_one_of_ours(said: object, kept: str | None) -> None:
    assert quantization_of(said) == kept


@pytest.mark.parametrize(
    "said",
    [{}, {"quant_method": "hqq"}, {"quant_method": "gptq", "bits": 3}, group("int", 2), {"quant_method": "modelopt"}],
)
def test_quantization_that_is_not_known_is_not_guessed(said: dict[str, object]) -> None:
    found = quantization_of(said)
    assert isinstance(found, Unknown)
    assert str(said.get("quant_method", "no quant_method")) in found.reason
    assert isinstance(read_config(LLAMA | {"quantization_config": said}), Unknown)
