"""NVIDIA's GPUs of this machine and their driver, as NVML tells of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from pytest_fmbench.hardware.accelerators import NVIDIA, Accelerator


@dataclass(frozen=True)
class Gpus:
    """Those that NVML sees.

    :param driver: its version; empty where there is none.
    """

    each: tuple[Accelerator, ...] = ()
    driver: str = ""


@cache
def gpus() -> Gpus:
    """Asked for once; none where ``nvidia-ml-py`` is not installed."""
    try:
        import pynvml
    except ImportError:
        return Gpus()
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return Gpus()  # there is no driver, so there is no GPU
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(at) for at in range(pynvml.nvmlDeviceGetCount())]
        return Gpus(tuple(_gpu(pynvml, one) for one in handles), _text(pynvml.nvmlSystemGetDriverVersion()))
    finally:
        pynvml.nvmlShutdown()


def _gpu(nvml: Any, handle: Any) -> Accelerator:  # noqa: ANN401  # nvidia-ml-py has no types
    major, minor = nvml.nvmlDeviceGetCudaComputeCapability(handle)
    return Accelerator(
        name=_text(nvml.nvmlDeviceGetName(handle)),
        vendor=NVIDIA,
        memory_mib=_bytes(nvml, handle) >> 20,
        capability=(int(major), int(minor)),
    )


def _bytes(nvml: Any, handle: Any) -> int:  # noqa: ANN401  # nvidia-ml-py has no types
    """What CUDA calls its total: without what the driver keeps to itself, where that tells it apart."""
    try:
        told = nvml.nvmlDeviceGetMemoryInfo(handle, version=nvml.nvmlMemory_v2)
    except (nvml.NVMLError_FunctionNotFound, nvml.NVMLError_NotSupported):
        return int(nvml.nvmlDeviceGetMemoryInfo(handle).total)
    return int(told.total) - int(told.reserved)


def _text(told: str | bytes) -> str:
    return told.decode() if isinstance(told, bytes) else told
