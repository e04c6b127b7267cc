"""From a ``config.json``, in the form of Hugging Face's transformers, to an architecture.

Source of each type's parts: its ``modeling_*.py`` below
https://github.com/huggingface/transformers/tree/main/src/transformers/models.
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fmbench.fit.architecture import Architecture, Experts, Latent, Traits, Unknown
from pytest_fmbench.fit.quantized import Config, NotSaid, count, optional, quantization_of

TYPES: Mapping[str, Traits] = {
    **dict.fromkeys(("llama", "mistral", "mixtral", "phi3", "granite", "smollm3"), Traits()),
    "qwen2": Traits(qkv_bias=True),
    **dict.fromkeys(("qwen3", "qwen3_moe"), Traits(head_norms="each")),
    "olmo2": Traits(head_norms="all"),
    "gemma": Traits(tied=True),
    "gemma2": Traits(norms=4, tied=True),
    "gemma3_text": Traits(norms=4, head_norms="each", tied=True),
    "deepseek_v2": Traits(),
    "deepseek_v3": Traits(router_bias=True),
    "gpt_oss": Traits(router_bias=True, expert_bias=True, sinks=True),
}
"""The types whose parameters are counted, by ``model_type``."""

_WINDOW_EVERY = {"gemma2": 2, "gemma3_text": 6}
"""Of so many layers one looks back at everything, where the configuration does not say."""


def read_config(config: Config) -> Architecture | Unknown:
    """The architecture that ``config`` describes; of a model that also sees or hears, its language model."""
    inner = config.get("text_config")
    said: Config = {**config, **inner} if isinstance(inner, Mapping) else config
    kind = str(said.get("model_type", ""))
    if kind not in TYPES:
        known = ", ".join(sorted(TYPES))
        return Unknown(f"models of type {kind or 'unknown'!r} are not counted; those are: {known}")
    try:
        return _architecture(kind, said)
    except NotSaid as missing:
        return Unknown(f"its config.json does not say {missing}")


def _architecture(kind: str, said: Config) -> Architecture | Unknown:
    quantization = quantization_of(said.get("quantization_config"))
    if isinstance(quantization, Unknown):
        return quantization
    heads, hidden, traits = count(said, "num_attention_heads"), count(said, "hidden_size"), TYPES[kind]
    layers, window = count(said, "num_hidden_layers"), _window(said)
    return Architecture(
        kind=kind,
        layers=layers,
        hidden=hidden,
        heads=heads,
        kv_heads=optional(said, "num_key_value_heads", heads),
        head_dim=optional(said, "head_dim", hidden // heads),
        feed_forward=count(said, "intermediate_size"),
        vocabulary=count(said, "vocab_size"),
        context=optional(said, "max_position_embeddings", 0),
        tied=bool(said.get("tie_word_embeddings", traits.tied)),
        bias=bool(said.get("attention_bias", False)),
        feed_forward_bias=bool(said.get("mlp_bias", False)),
        window=window,
        windowed=_windowed(kind, said, layers) if window else 0,
        quantization=quantization,
        traits=traits,
        experts=_experts(said, layers),
        latent=_latent(said),
    )


def _window(said: Config) -> int:
    if said.get("use_sliding_window") is False:
        return 0
    return optional(said, "sliding_window", 0)


def _windowed(kind: str, said: Config, layers: int) -> int:
    kinds = said.get("layer_types")
    if isinstance(kinds, list):
        return sum(1 for one in kinds if one == "sliding_attention")
    every = optional(said, "sliding_window_pattern", _WINDOW_EVERY.get(kind, 0))
    return layers - layers // every if every else layers


def _experts(said: Config, layers: int) -> Experts | None:
    names = ("num_local_experts", "num_experts", "n_routed_experts")
    many = next((optional(said, name, 0) for name in names if said.get(name)), 0)
    if not many:
        return None
    dense = said.get("mlp_only_layers")
    step = optional(said, "decoder_sparse_step", optional(said, "moe_layer_freq", 1))
    first = optional(said, "first_k_dense_replace", 0)
    sparse = (layers - first) // step - (len(dense) if isinstance(dense, list) else 0)
    return Experts(
        count=many,
        chosen=count(said, "num_experts_per_tok"),
        shared=optional(said, "n_shared_experts", 0),
        width=optional(said, "moe_intermediate_size", optional(said, "intermediate_size", 0)),
        layers=sparse,
    )


def _latent(said: Config) -> Latent | None:
    if not said.get("kv_lora_rank"):
        return None
    return Latent(
        query_rank=optional(said, "q_lora_rank", 0),
        kv_rank=count(said, "kv_lora_rank"),
        rope=count(said, "qk_rope_head_dim"),
        plain=count(said, "qk_nope_head_dim"),
        value=count(said, "v_head_dim"),
    )
