"""From the metadata of a GGUF file to an architecture.

Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

from pytest_fmbench.fit.architecture import Architecture, Latent, Unknown
from pytest_fmbench.fit.quantized import Config, NotSaid, count, optional

_WINDOW_EVERY = {"gemma2": 2, "gemma3": 6, "gpt-oss": 2}
"""Of so many layers one looks back at everything."""


def read_metadata(said: Config) -> Architecture | Unknown:
    """The architecture that ``said`` describes, as far as the cache and activations depend on it.

    Weights are not counted: the file's size tells them.
    """
    kind = str(said.get("general.architecture", ""))
    inner = {name.removeprefix(f"{kind}."): _one(value) for name, value in said.items()}
    try:
        return _architecture(kind, inner)
    except NotSaid as missing:
        return Unknown(f"its header does not say {missing}")


def _architecture(kind: str, said: Config) -> Architecture:
    heads, hidden, layers = (count(said, name) for name in ("attention.head_count", "embedding_length", "block_count"))
    window, every = optional(said, "attention.sliding_window", 0), _WINDOW_EVERY.get(kind, 0)
    return Architecture(
        kind=kind,
        layers=layers,
        hidden=hidden,
        heads=heads,
        kv_heads=optional(said, "attention.head_count_kv", heads),
        head_dim=optional(said, "attention.key_length", hidden // heads),
        feed_forward=optional(said, "feed_forward_length", 0),
        vocabulary=optional(said, "vocab_size", 0),
        context=optional(said, "context_length", 0),
        window=window,
        windowed=0 if not window else layers - layers // every if every else layers,
        latent=_latent(said),
    )


def _latent(said: Config) -> Latent | None:
    rank, rope = (optional(said, name, 0) for name in ("attention.kv_lora_rank", "rope.dimension_count"))
    return Latent(0, rank, rope, 0, 0) if rank else None


def _one(value: object) -> object:
    """Of what differs by layer, the mean, rounded down."""
    if isinstance(value, list) and value and all(isinstance(one, int) for one in value):
        return sum(value) // len(value)
    return value
