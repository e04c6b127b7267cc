"""What a ``config.json`` says: its numbers, and how the weights beside it are kept."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fmbench.fit.architecture import Unknown

Config = Mapping[str, object]

_BY_METHOD = {"awq": "awq", "gptq": "gptq", "fp8": "fp8", "mxfp4": "mxfp4", "fbgemm_fp8": "fp8"}
_BY_BITS = {("float", 8): "fp8", ("int", 8): "w8a8", ("int", 4): "int4", ("float", 4): "nvfp4"}


class NotSaid(LookupError):
    """A configuration without a number that is needed; never leaves this room."""


def count(said: Config, name: str) -> int:
    """The whole number called ``name``.

    :raises NotSaid: where there is none above 0.
    """
    found = optional(said, name, 0)
    if found < 1:
        raise NotSaid(name)
    return found


def optional(said: Config, name: str, default: int) -> int:
    """The whole number called ``name``, else ``default``."""
    value = said.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def quantization_of(said: object) -> str | Unknown | None:
    """The precision that ``quantization_config`` means; None where there is none, and weights are 16-bit floats.

    Source: https://huggingface.co/docs/transformers/main_classes/quantization, and for compressed-tensors
    https://github.com/vllm-project/compressed-tensors.
    """
    if not isinstance(said, Mapping):
        return None
    method = str(said.get("quant_method", ""))
    if method == "bitsandbytes":
        return "nf4" if said.get("load_in_4bit") else "int8"
    if method == "compressed-tensors":
        found = _of_groups(said.get("config_groups"))
    elif method == "modelopt":
        found = {"NVFP4": "nvfp4", "FP8": "fp8"}.get(str(said.get("quant_algo", "")))
    else:
        found = _BY_METHOD.get(method)
        if found in ("awq", "gptq") and said.get("bits", 4) != 4:
            found = None
    return found or Unknown(f"how its weights are quantized ({method or 'no quant_method'}) is not known here")


def _of_groups(groups: object) -> str | None:
    """That of the only group of layers that there is."""
    found = list(groups.values()) if isinstance(groups, Mapping) else []
    weights = found[0].get("weights") if len(found) == 1 and isinstance(found[0], Mapping) else None
    if not isinstance(weights, Mapping):
        return None
    kept = _BY_BITS.get((str(weights.get("type")), optional(weights, "num_bits", 0)))
    return "int8" if kept == "w8a8" and not found[0].get("input_activations") else kept
