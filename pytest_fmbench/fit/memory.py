"""How many bytes a model takes of one device: weights, KV cache, activations."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_fmbench.fit.architecture import Architecture
from pytest_fmbench.fit.parameters import Parameters, parameters
from pytest_fmbench.model.precision import PRECISIONS, Precision, precision

STEP_TOKENS = 2048
"""Tokens that one step computes, where nothing is said: the least that vLLM and others prefill at once."""

RUNTIME_BYTES = 200 << 20
"""What the runtime takes of an accelerator beside the model: the least that logs of vLLM tell as ``non_torch_memory``,
which go from 0.2 GiB (https://github.com/vllm-project/vllm/pull/14447) to 1.8 GiB
(https://github.com/vllm-project/vllm/pull/10511)."""

_FLOATS = ("fp32", "bf16", "fp16")
_EXPERTS_ONLY = ("mxfp4",)
"""What keeps only experts so, by vLLM's ``quantization/mxfp4.py``: linear layers stay as they are."""
_ACTIVATION_BYTES, _LOGIT_BYTES = 2, 4


@dataclass(frozen=True)
class Asked:
    """What a server is to hold, and how it is cut.

    :param context: tokens of one request, prompt and reply together.
    :param concurrency: such requests at once.
    :param quantization: of the weights; None is their own.
    :param kv_precision: of the cache; None is 16 bits.
    :param step_tokens: that one step computes, at most.
    :param weights: bytes of the file of weights, where that is known; 0 computes them.
    """

    context: int
    concurrency: int = 1
    quantization: str | None = None
    kv_precision: str | None = None
    tensor_parallel: int = 1
    pipeline_parallel: int = 1
    step_tokens: int = STEP_TOKENS
    weights: int = 0


@dataclass(frozen=True)
class Need:
    """What one device needs, in bytes.

    :param weights: its part of them.
    :param cache: its part of the KV cache of all requests.
    :param activations: of one step.
    :param runtime: what an accelerator's software takes for itself.
    """

    weights: int
    cache: int
    activations: int
    runtime: int

    @property
    def total(self) -> int:
        """All together."""
        return self.weights + self.cache + self.activations + self.runtime


def need(of: Architecture, asked: Asked, *, on_accelerators: bool = True) -> Need:
    """What each of the devices needs that ``of`` is cut over; of uneven stages, the largest.

    :param on_accelerators: whose runtime takes some, too.
    """
    return Need(
        weights=_weights(of, asked),
        cache=_stage(cache_bytes(of, asked), of, asked),
        activations=activation_bytes(of, asked),
        runtime=RUNTIME_BYTES if on_accelerators else 0,
    )


def kept_as(of: Architecture, asked: Asked) -> Precision:
    """What the weights are kept as: as asked, else as they come, which is 16 bits where nothing else is said."""
    return precision(asked.quantization or of.quantization or "bf16")


def weight_bytes(found: Parameters, kept: Precision) -> int:
    """Bytes of all weights.

    Floats, and the types of llama.cpp's files, are of everything. Other precisions are of the matrices between
    embedding and output, or of experts alone; what else there is stays at 16 bits.
    """
    if kept.gguf or kept.name in _FLOATS:
        return _bytes(found.total, kept)
    small = found.experts + (0 if kept.name in _EXPERTS_ONLY else found.matrices)
    return _bytes(small, kept) + _bytes(found.total - small, PRECISIONS["bf16"])


def token_bytes(of: Architecture, asked: Asked) -> int:
    """Bytes that one token takes in the cache of one layer, on one device.

    Keys and values of each of its heads, ``2 * kv_heads * head_dim``; heads are cut over devices as far as there are
    enough. A latent one, ``kv_rank + rope`` numbers, is on each of them.
    """
    kept = PRECISIONS[asked.kv_precision or "bf16"]
    if of.latent:
        return _bytes(of.latent.kv_rank + of.latent.rope, kept)
    return _bytes(2 * _part(of.kv_heads, asked.tensor_parallel) * of.head_dim, kept)


def cache_bytes(of: Architecture, asked: Asked) -> int:
    """Bytes of the cache of all layers; those with a window keep no more tokens than that."""
    seen = min(asked.context, of.window) if of.window else asked.context
    tokens = (of.layers - of.windowed) * asked.context + of.windowed * seen
    return token_bytes(of, asked) * tokens * asked.concurrency


def activation_bytes(of: Architecture, asked: Asked) -> int:
    """The least that a step holds at once beside weights and cache.

    For each token that it computes, both sides of the gated feed-forward, the hidden state and what is added to it,
    at 16 bits; for each request a number at 32 bits for every token that may come next. Measured peaks are
    larger: 1.26 GiB where this says 0.69 (https://github.com/vllm-project/vllm/pull/10511).
    """
    tokens = min(asked.step_tokens, asked.context * asked.concurrency)
    wide = 2 * _part(of.widest, asked.tensor_parallel) + 2 * of.hidden
    return tokens * wide * _ACTIVATION_BYTES + asked.concurrency * of.vocabulary * _LOGIT_BYTES


def _weights(of: Architecture, asked: Asked) -> int:
    """Layers are cut both ways, embedding and output over tensor parallel ones only; norms are on each."""
    if asked.weights:
        return _stage(_part(asked.weights, asked.tensor_parallel), of, asked)
    found, kept = parameters(of), kept_as(of, asked)
    tables = _bytes(found.embedding + found.head, _of_tables(kept))
    rest = _bytes(found.rest, _of_tables(kept))
    cut = _stage(_part(weight_bytes(found, kept) - tables - rest, asked.tensor_parallel) + rest, of, asked)
    if asked.pipeline_parallel > 1:  # one stage has the embedding, another one the output
        tables = _bytes(found.embedding, _of_tables(kept))
    return cut + _part(tables, asked.tensor_parallel)


def _of_tables(kept: Precision) -> Precision:
    return kept if kept.gguf or kept.name in _FLOATS else PRECISIONS["bf16"]


def _stage(whole: int, of: Architecture, asked: Asked) -> int:
    """The part of what all layers take that the largest pipeline stage does."""
    return _part(whole * _part(of.layers, asked.pipeline_parallel), of.layers)


def _part(whole: int, parts: int) -> int:
    return -(-whole // parts)


def _bytes(numbers: int, kept: Precision) -> int:
    return _part(numbers * round(kept.bits * 1000), 8000)
