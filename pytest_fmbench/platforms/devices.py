"""This machine, as an instance: what it has to compute on."""

from __future__ import annotations

import os
import platform
from functools import cache
from typing import Any

from pytest_fmbench.hardware.accelerators import NVIDIA, Accelerator
from pytest_fmbench.hardware.instances import Instance
from pytest_fmbench.platforms.cores import available


@cache
def this_machine() -> Instance:
    """Its cores, its memory (0 where the system does not say) and its accelerators.

    GPUs are seen through NVML, where ``nvidia-ml-py`` is installed; of different ones, the smallest counts for all.
    """
    gpus = _gpus()
    return Instance(
        name="local",
        vcpus=available(),
        memory_gib=_memory() / (1 << 30),
        architecture=platform.machine(),
        accelerator=min(gpus, key=lambda one: one.memory_mib, default=None),
        count=len(gpus),
    )


def _memory() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 0


def _gpus() -> list[Accelerator]:
    try:
        import pynvml
    except ImportError:
        return []
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []  # there is no driver, so there is no GPU
    try:
        return [_gpu(pynvml, pynvml.nvmlDeviceGetHandleByIndex(at)) for at in range(pynvml.nvmlDeviceGetCount())]
    finally:
        pynvml.nvmlShutdown()


def _gpu(nvml: Any, handle: Any) -> Accelerator:  # noqa: ANN401  # nvidia-ml-py has no types
    major, minor = nvml.nvmlDeviceGetCudaComputeCapability(handle)
    name = nvml.nvmlDeviceGetName(handle)
    return Accelerator(
        name=name.decode() if isinstance(name, bytes) else str(name),
        vendor=NVIDIA,
        memory_mib=int(nvml.nvmlDeviceGetMemoryInfo(handle).total) >> 20,
        capability=(int(major), int(minor)),
    )
