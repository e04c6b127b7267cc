"""What weights and caches are kept as: one vocabulary for all stacks, which know flags for some of it."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_fmbench.errors import UnknownName


@dataclass(frozen=True)
class Precision:
    """A way to keep numbers.

    :param bits: that one takes, on average, scales and zero points included.
    :param meaning: in a few words.
    :param gguf: it is a type of llama.cpp's files.
    """

    name: str
    bits: float
    meaning: str
    gguf: bool = False


_FLOATS = (
    Precision("fp32", 32, "single precision"),
    Precision("bf16", 16, "brain float"),
    Precision("fp16", 16, "half precision"),
    Precision("fp8", 8, "8-bit floats, weights and activations"),
    Precision("mxfp4", 4.25, "4-bit floats, a scale for every 32 (OCP microscaling)"),
    Precision("nvfp4", 4.5, "4-bit floats, a scale for every 16 (NVIDIA)"),
    Precision("nf4", 4.5, "4-bit normal floats, a scale for every 64 (bitsandbytes)"),
)
_INTEGERS = (
    Precision("int8", 8, "8-bit integers, weights only"),
    Precision("w8a8", 8, "8-bit integers, weights and activations"),
    Precision("int4", 4.25, "4-bit integers, weights only, groups of 64 to 128"),
    Precision("awq", 4.25, "4-bit integers, weights only, chosen by activations (AWQ)"),
    Precision("gptq", 4.25, "4-bit integers, weights only, error-corrected (GPTQ)"),
)
_GGUF_BITS = {
    "q8_0": 8.5,
    "q6_k": 6.56,
    "q5_1": 6.0,
    "q5_0": 5.5,
    "q4_1": 5.0,
    "q4_0": 4.5,
    "iq4_nl": 4.5,
    "iq4_xs": 4.25,
    "q5_k_m": 5.7,
    "q5_k_s": 5.57,
    "q4_k_m": 4.89,
    "q4_k_s": 4.67,
    "q3_k_l": 4.3,
    "q3_k_m": 4.0,
    "q3_k_s": 3.64,
    "q2_k": 3.16,
}
"""Those with a K are mixtures, as an 8B Llama has them.

Source: https://github.com/ggml-org/llama.cpp/blob/master/tools/quantize/README.md
"""

PRECISIONS = {
    one.name: one
    for one in (
        *_FLOATS,
        *_INTEGERS,
        *(Precision(name, bits, "a type of llama.cpp's files", gguf=True) for name, bits in _GGUF_BITS.items()),
    )
}
"""By name; llama.cpp's types may be written with ``gguf-`` before them."""


def precision(name: str) -> Precision:
    """The precision called ``name``.

    :raises UnknownName: listing those that there are.
    """
    found = PRECISIONS.get(name.lower().removeprefix("gguf-"))
    if found is None:
        raise UnknownName("precision", name, PRECISIONS)
    return found
