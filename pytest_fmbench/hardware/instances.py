"""Instance types that people serve models on, and what each has.

Source: EC2's DescribeInstanceTypes, and https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html (accelerated
computing), ``gp.html``, ``co.html`` and ``mo.html`` (CPUs), looked up on :data:`LOOKED_UP`. SageMaker's names are the
same ones after ``ml.``; it does not offer all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_fmbench.hardware.accelerators import ACCELERATORS, Accelerator

LOOKED_UP = "2026-11-26"
"""When the table was last looked up; types that came later are not in it."""


@dataclass(frozen=True)
class Instance:
    """A type of instance.

    :param memory_gib: of the host, in GiB.
    :param architecture: of its CPU, as Python's ``platform.machine`` calls it.
    :param count: how many accelerators it has.
    """

    name: str
    vcpus: int
    memory_gib: float
    architecture: str = "x86_64"
    accelerator: Accelerator | None = None
    count: int = 0

    @property
    def devices(self) -> int:
        """What a server sees in it as devices."""
        return self.count * self.accelerator.parts if self.accelerator else 0

    @property
    def device_bytes(self) -> int:
        """Memory of one of them."""
        return (self.accelerator.memory_mib << 20) // self.accelerator.parts if self.accelerator else 0

    @property
    def host_bytes(self) -> int:
        """Memory of the host."""
        return int(self.memory_gib * (1 << 30))

    @property
    def hardware(self) -> str:
        """What computes in it, in words, such as ``"4 x L4"``."""
        if self.accelerator is None:
            return f"{self.vcpus} vCPU{'' if self.vcpus == 1 else 's'}, {self.architecture}"
        return f"{self.count} x {self.accelerator.name}"


def _accelerated(family: str, accelerator: str, sizes: str, architecture: str = "x86_64") -> Iterator[Instance]:
    """Instances of one family: ``size vCPUs GiB accelerators`` for each."""
    for line in sizes.split(","):
        size, vcpus, memory, count = line.split()
        found = ACCELERATORS[accelerator]
        yield Instance(f"{family}.{size}", int(vcpus), float(memory), architecture, found, int(count))


_ONE_TO_FOUR = "xlarge 4 16 1, 2xlarge 8 32 1, 4xlarge 16 64 1, 8xlarge 32 128 1"
_UP_TO_EIGHT = f"{_ONE_TO_FOUR}, 16xlarge 64 256 1, 12xlarge 48 192 4, 24xlarge 96 384 4, 48xlarge 192 768 8"
_G6E = (
    "xlarge 4 32 1, 2xlarge 8 64 1, 4xlarge 16 128 1, 8xlarge 32 256 1, 16xlarge 64 512 1, 12xlarge 48 384 4, "
    "24xlarge 96 768 4, 48xlarge 192 1536 8"
)
_G7 = "2xlarge 8 32 1, 4xlarge 16 64 1, 8xlarge 32 128 1, 12xlarge 48 192 2, 24xlarge 96 384 4, 48xlarge 192 768 8"
_G7E = "2xlarge 8 64 1, 4xlarge 16 128 1, 8xlarge 32 256 1, 12xlarge 48 512 2, 24xlarge 96 1024 4, 48xlarge 192 2048 8"
_ACCELERATED = (
    *_accelerated("g4dn", "T4", f"{_ONE_TO_FOUR}, 16xlarge 64 256 1, 12xlarge 48 192 4, metal 96 384 8"),
    *_accelerated("g5g", "T4G", "xlarge 4 8 1, 2xlarge 8 16 1, 4xlarge 16 32 1, 8xlarge 32 64 1", "aarch64"),
    *_accelerated("g5g", "T4G", "16xlarge 64 128 2, metal 64 128 2", "aarch64"),
    *_accelerated("g5", "A10G", _UP_TO_EIGHT),
    *_accelerated("g6", "L4", _UP_TO_EIGHT),
    *_accelerated("gr6", "L4", "4xlarge 16 128 1, 8xlarge 32 256 1"),
    *_accelerated("g6e", "L40S", _G6E),
    *_accelerated("g7", "RTX PRO 4500", _G7),
    *_accelerated("g7e", "RTX PRO 6000", _G7E),
    *_accelerated("p3", "V100", "2xlarge 8 61 1, 8xlarge 32 244 4, 16xlarge 64 488 8"),
    *_accelerated("p3dn", "V100 32GB", "24xlarge 96 768 8"),
    *_accelerated("p4d", "A100 40GB", "24xlarge 96 1152 8"),
    *_accelerated("p4de", "A100 80GB", "24xlarge 96 1152 8"),
    *_accelerated("p5", "H100", "4xlarge 16 256 1, 48xlarge 192 2048 8"),
    *_accelerated("p5e", "H200", "48xlarge 192 2048 8"),
    *_accelerated("p5en", "H200", "48xlarge 192 2048 8"),
    *_accelerated("p6-b200", "B200", "48xlarge 192 2048 8"),
    *_accelerated("p6-b300", "B300", "48xlarge 192 4096 8"),
    *_accelerated("inf2", "Inferentia2", "xlarge 4 16 1, 8xlarge 32 128 1, 24xlarge 96 384 6, 48xlarge 192 768 12"),
    *_accelerated("trn1", "Trainium", "2xlarge 8 32 1, 32xlarge 128 512 16"),
    *_accelerated("trn1n", "Trainium", "32xlarge 128 512 16"),
    *_accelerated("trn2", "Trainium2", "3xlarge 12 128 1, 48xlarge 192 2048 16"),
)

_INTEL_7 = (2, 4, 8, 16, 32, 48, 64, 96, 192)
_AMD_7 = (1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 192)
_GRAVITON_3 = (1, 2, 4, 8, 16, 32, 48, 64)
_GRAVITON_4 = (1, 2, 4, 8, 16, 32, 48, 64, 96, 192)
_GIB_PER_VCPU = {"c": 2, "m": 4, "r": 8}


def _cpus(generation: str, vcpus: tuple[int, ...], architecture: str) -> Iterator[Instance]:
    """Instances without accelerators, of the families c, m and r, which differ in memory."""
    for letter, gib in _GIB_PER_VCPU.items():
        for count in vcpus:
            size = {1: "medium", 2: "large", 4: "xlarge"}.get(count, f"{count // 4}xlarge")
            yield Instance(f"{letter}{generation}.{size}", count, float(gib * count), architecture)


_PROCESSORS = (
    *_cpus("7i", _INTEL_7, "x86_64"),
    *_cpus("7a", _AMD_7, "x86_64"),
    *_cpus("7g", _GRAVITON_3, "aarch64"),
    *_cpus("8g", _GRAVITON_4, "aarch64"),
)

INSTANCES = {one.name: one for one in (*_ACCELERATED, *_PROCESSORS)}
"""By name, without SageMaker's ``ml.``."""


def find_instance(name: str) -> Instance | None:
    """The type called ``name``, with or without ``ml.``; None where the table has it not."""
    return INSTANCES.get(name.removeprefix("ml."))
