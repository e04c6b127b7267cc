"""Which precisions which hardware computes. What only stores numbers so and computes in others is told apart.

Source, looked up on 26 November 2026: the table "Supported Hardware" of
https://docs.vllm.ai/en/latest/features/quantization/ and the pages below it (FP8 from compute capability 8.9, INT8 W8A8
from 7.5 and below 10.0, INT4 W4A16 from 8.0, AWQ from 7.5, GPTQ and bitsandbytes from 7.0, no Marlin MXFP4 on Turing);
BF16 from 8.0 and NVFP4 from 10.0 by https://nvidia.github.io/TransformerEngine/support_matrix.html; Neuron's own by
https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/arch/neuron-features/data-types.html.
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_fmbench.hardware.accelerators import ACCELERATORS, NEURON, Accelerator, version
from pytest_fmbench.hardware.instances import Instance
from pytest_fmbench.model.precision import PRECISIONS, Precision

_OLDEST = (7, 0)
_NO_LIMIT = (99, 0)


@dataclass(frozen=True)
class Rule:
    """What a precision takes.

    :param least: compute capability from which NVIDIA's devices compute it.
    :param below: compute capability from which they no longer do.
    :param emulated: compute capability from which vLLM keeps weights so and computes in 16 bits, and ``asked``, the
        option by which it is told to; None where it does not.
    """

    least: tuple[int, int] = _OLDEST
    below: tuple[int, int] = _NO_LIMIT
    emulated: tuple[int, int] | None = None
    asked: str = ""

    def holds(self, capability: tuple[int, int]) -> bool:
        """A device of that compute capability computes it."""
        return self.least <= capability < self.below

    def __str__(self) -> str:
        until = "" if self.below == _NO_LIMIT else f" and below {version(self.below)}"
        return f"compute capability {version(self.least)}{until}"


_RULES = {
    "bf16": Rule((8, 0)),
    "fp8": Rule((8, 9), emulated=(7, 5), asked="fp8"),
    "w8a8": Rule((7, 5), (10, 0)),
    "int4": Rule((8, 0)),
    "int8": Rule((7, 5)),
    "awq": Rule((7, 5)),
    "mxfp4": Rule((8, 0)),
    "nvfp4": Rule((10, 0), emulated=(7, 5), asked="modelopt_fp4"),
}
_NEURON = ("fp32", "bf16", "fp16", "fp8", "mxfp4", "int8", "w8a8")
_NOT_ON_ARM = ("awq", "gptq")
_NOT_ON_CPU = ("fp8", "nf4", "mxfp4", "nvfp4", "int8", "int4")
_SERVED = tuple(one for one in PRECISIONS.values() if not one.gguf)


def computes(accelerator: Accelerator, kept: Precision) -> bool:
    """Whether ``accelerator`` computes with weights that are kept so."""
    if accelerator.vendor == NEURON or accelerator.capability is None:
        return kept.name in _NEURON
    return _RULES.get(kept.name, Rule()).holds(accelerator.capability)


def processor_computes(architecture: str, kept: Precision) -> bool:
    """Whether servers compute with weights that are kept so on a CPU of that architecture."""
    return kept.name not in _NOT_ON_CPU and not (architecture == "aarch64" and kept.name in _NOT_ON_ARM)


def refusal(kept: Precision, instance: Instance, *, on_accelerators: bool) -> str | None:
    """Why a server on ``instance`` cannot compute with weights that are kept so, and what it could; None where it can.

    :param on_accelerators: it computes there, and not on the CPU.
    """
    if not on_accelerators or instance.accelerator is None:
        if processor_computes(instance.architecture, kept):
            return None
        could = [one.name for one in _SERVED if processor_computes(instance.architecture, one)]
        where = f"servers on a CPU ({instance.architecture})"
        return f"{where} do not compute {kept.name}; they do {_listed(could)}, and those of llama.cpp's files"
    found = instance.accelerator
    if computes(found, kept):
        return None
    could = [one.name for one in _SERVED if computes(found, one)]
    return (
        f"{found.name} ({found.kind}) does not compute {kept.name}{_wanted(kept)}; it does {_listed(could)}. "
        f"{_who(kept)}{_emulation(found, kept)}"
    )


def _wanted(kept: Precision) -> str:
    rule = _RULES.get(kept.name)
    return f", which takes {rule}" if rule else ""


def _who(kept: Precision) -> str:
    able = [one.name for one in ACCELERATORS.values() if computes(one, kept)]
    return f"{kept.name} runs on {_listed(able)}"


def _emulation(found: Accelerator, kept: Precision) -> str:
    rule = _RULES.get(kept.name, Rule())
    if rule.emulated is None or found.capability is None or found.capability < rule.emulated:
        return ""
    return (
        f". vLLM can keep weights as {kept.name} there and compute in 16 bits, where that is what is to be measured: "
        f"no quantization, and options={{'--quantization': {rule.asked!r}}}"
    )


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "nothing that is known"
