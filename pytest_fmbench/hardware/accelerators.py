"""Accelerators that cloud instances have.

Looked up on 26 November 2026. Memory is what EC2's DescribeInstanceTypes tells of one, compute capabilities are
NVIDIA's (https://developer.nvidia.com/cuda-gpus), bandwidths those of its data sheets
(https://www.nvidia.com/en-us/data-center/), and what is said of Neuron devices is AWS's
(https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/arch/neuron-hardware/).
"""

from __future__ import annotations

from dataclasses import dataclass

NVIDIA, NEURON = "nvidia", "neuron"


@dataclass(frozen=True)
class Accelerator:
    """A device that models are computed on.

    :param vendor: ``"nvidia"``, or ``"neuron"`` for AWS's own.
    :param memory_mib: of one, in MiB.
    :param capability: NVIDIA's compute capability; None of others.
    :param bandwidth_gbs: of its memory, in GB/s; None where it is not known.
    :param parts: devices that a server sees in it, each with its share of the memory: cores of Neuron devices, on
        Trainium2 its logical ones.
    """

    name: str
    vendor: str
    memory_mib: int
    capability: tuple[int, int] | None = None
    bandwidth_gbs: float | None = None
    parts: int = 1

    @property
    def kind(self) -> str:
        """What its compute capability, or its vendor, is called in messages."""
        return "Neuron" if self.capability is None else f"compute capability {version(self.capability)}"


def version(capability: tuple[int, int]) -> str:
    """A compute capability as NVIDIA writes it, such as ``"8.6"``."""
    return ".".join(map(str, capability))


ACCELERATORS = {
    one.name: one
    for one in (
        Accelerator("V100", NVIDIA, 16_384, (7, 0), 900.0),
        Accelerator("V100 32GB", NVIDIA, 32_768, (7, 0), 900.0),
        Accelerator("T4", NVIDIA, 16_384, (7, 5), 320.0),
        Accelerator("T4G", NVIDIA, 16_384, (7, 5), 320.0),
        Accelerator("A100 40GB", NVIDIA, 40_960, (8, 0), 1_555.0),
        Accelerator("A100 80GB", NVIDIA, 81_920, (8, 0), 2_039.0),
        Accelerator("A10G", NVIDIA, 22_888, (8, 6), 600.0),
        Accelerator("L4", NVIDIA, 22_888, (8, 9), 300.0),
        Accelerator("L40S", NVIDIA, 45_776, (8, 9), 864.0),
        Accelerator("H100", NVIDIA, 81_920, (9, 0), 3_350.0),
        Accelerator("H200", NVIDIA, 144_384, (9, 0), 4_800.0),
        Accelerator("B200", NVIDIA, 183_359, (10, 0), 8_000.0),
        Accelerator("B300", NVIDIA, 275_040, (10, 3), 8_000.0),
        Accelerator("RTX PRO 4500", NVIDIA, 32_768, (12, 0)),
        Accelerator("RTX PRO 6000", NVIDIA, 98_304, (12, 0), 1_597.0),
        Accelerator("Inferentia2", NEURON, 32_768, None, 820.0, parts=2),
        Accelerator("Trainium", NEURON, 32_768, None, 820.0, parts=2),
        Accelerator("Trainium2", NEURON, 98_304, None, 2_900.0, parts=4),
    )
}
"""By name."""
