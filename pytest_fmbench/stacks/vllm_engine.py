"""vLLM's engine inside of other servers: its settings by the names that its engine has for them.

Source: https://docs.vllm.ai/en/latest/configuration/engine_args.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pytest_fmbench.model.deployment import Option
from pytest_fmbench.stacks.card import Flag
from pytest_fmbench.stacks.vllm import CARD, speculation

Made = Callable[[Option], object]
"""What the engine is given for a value of ours."""

Spelt = Callable[[str, Made], Flag]
"""How a server is told one of the engine's settings."""

_KNOBS = {
    "context": "max_model_len",
    "max_batch": "max_num_seqs",
    "max_batch_tokens": "max_num_batched_tokens",
    "chunked_prefill": "enable_chunked_prefill",
    "prefix_cache": "enable_prefix_caching",
    "memory_share": "gpu_memory_utilization",
    "kv_precision": "kv_cache_dtype",
    "pipeline_parallel": "pipeline_parallel_size",
    "expert_parallel": "enable_expert_parallel",
    "speculative": "speculative_config",
}
_DTYPES = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}
_KV_CACHES = {"fp8": "fp8", "bf16": "bfloat16"}
_MADE_AT_START = {"fp8": "fp8", "nf4": "bitsandbytes"}
_IN_CHECKPOINTS = ("awq", "gptq", "w8a8", "int8", "int4", "mxfp4", "nvfp4")

KV_RULES = CARD.kv_rules
"""Its kernels are the same in every server."""


def knobs(spelt: Spelt) -> dict[str, Flag]:
    """Each knob of the engine, as a server is told it."""
    made: dict[str, Made] = {"speculative": speculation}
    return {name: spelt(setting, made.get(name, _as_it_is)) for name, setting in _KNOBS.items()}


def precisions(spelt: Spelt) -> dict[str, Flag]:
    """Each precision, as a server is told it; a quantized checkpoint says itself what it is."""
    return {
        **_fixed(spelt, "dtype", _DTYPES),
        **_fixed(spelt, "quantization", _MADE_AT_START),
        **dict.fromkeys(_IN_CHECKPOINTS, Flag()),
    }


def kv_precisions(spelt: Spelt) -> dict[str, Flag]:
    """The same of its KV cache."""
    return _fixed(spelt, "kv_cache_dtype", _KV_CACHES)


def _fixed(spelt: Spelt, setting: str, values: Mapping[str, str]) -> dict[str, Flag]:
    return {name: spelt(setting, _always(value)) for name, value in values.items()}


def _always(value: str) -> Made:
    return lambda _: value


def _as_it_is(value: Option) -> Option:
    return value
