"""NVIDIA's GPUs of this machine, through NVML (``nvidia-ml-py``, the extra ``nvidia``).

Source: https://docs.nvidia.com/deploy/nvml-api/group__nvmlDeviceQueries.html
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import Any

from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.model.telemetry import GPU
from pytest_fmbench.telemetry.base import Reading, Subject
from pytest_fmbench.telemetry.throttling import throttling

_VISIBLE = "CUDA_VISIBLE_DEVICES"
_REASONS = ("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons")
"""The same by its new and its old name."""


class Nvml:
    """Those GPUs that a server which is started from here sees.

    :raises TelemetryFault: when the server is elsewhere, NVML is not there, or it sees none.
    """

    family = "gpu"
    words: Collection[str] = [*GPU]

    def __init__(self, subject: Subject) -> None:
        if subject.dcgm_url is not None:
            raise TelemetryFault("the GPUs are those that --fmbench-dcgm-url tells of")
        if not subject.here:
            raise TelemetryFault("the server is not on this machine; --fmbench-dcgm-url names who tells of its GPUs")
        self._nvml = _library()
        try:
            self._devices = _visible(self._nvml, os.environ.get(_VISIBLE))
        except self._nvml.NVMLError as error:
            self.close()
            raise TelemetryFault(f"NVML: {error}") from error
        if not self._devices:
            self.close()
            raise TelemetryFault(f"NVML sees no GPU that {_VISIBLE} lets a server see")

    def sample(self) -> Sequence[Reading]:
        """What each tells; what one does not support is left out of it."""
        try:
            return [reading for name, handle in self._devices for reading in self._of(name, handle)]
        except self._nvml.NVMLError as error:
            raise TelemetryFault(f"NVML: {error}") from error

    def close(self) -> None:
        """Let go of the library."""
        try:
            self._nvml.nvmlShutdown()
        except self._nvml.NVMLError as error:
            raise TelemetryFault(f"NVML: {error}") from error

    def _of(self, name: str, handle: object) -> Iterator[Reading]:
        ask, nvml = self._asked, self._nvml
        questions: dict[str, Callable[[], float]] = {
            "utilization": lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100.0,
            "memory": lambda: _used(nvml, handle),
            "power": lambda: nvml.nvmlDeviceGetPowerUsage(handle) / 1e3,
            "sm_clock": lambda: nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_SM) * 1e6,
            "energy": lambda: nvml.nvmlDeviceGetTotalEnergyConsumption(handle) / 1e3,
        }
        for word, question in questions.items():
            if (value := ask(question)) is not None:
                yield Reading(word, float(value), name)
        for reason in _REASONS:
            bits = ask(partial(getattr(nvml, reason), handle)) if hasattr(nvml, reason) else None
            if bits is not None:
                yield from throttling(int(bits), name)
                return

    def _asked(self, question: Callable[[], float]) -> float | None:
        nvml = self._nvml
        try:
            return question()
        except (nvml.NVMLError_NotSupported, nvml.NVMLError_FunctionNotFound, nvml.NVMLError_NoPermission):
            return None


def _used(nvml: Any, handle: object) -> int:  # noqa: ANN401  # it has no types
    """Without what the driver keeps to itself, as nvidia-smi and DCGM have it; an old one does not tell that apart."""
    try:
        return int(nvml.nvmlDeviceGetMemoryInfo(handle, version=nvml.nvmlMemory_v2).used)
    except (nvml.NVMLError_FunctionNotFound, nvml.NVMLError_NotSupported):
        return int(nvml.nvmlDeviceGetMemoryInfo(handle).used)


def _library() -> Any:  # noqa: ANN401  # it has no types
    try:
        import pynvml
    except ImportError as error:
        raise TelemetryFault(
            "NVML needs a package that is not installed: pip install 'pytest-fmbench[nvidia]'"
        ) from error
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:  # no driver, or none that it likes
        raise TelemetryFault(f"NVML: {error}") from error
    return pynvml


def _visible(nvml: Any, said: str | None) -> list[tuple[str, object]]:  # noqa: ANN401  # it has no types
    """The devices that ``CUDA_VISIBLE_DEVICES`` leaves, each by its index; all where it says nothing that we know.

    Source: https://docs.nvidia.com/cuda/cuda-c-programming-guide/#cuda-environment-variables
    """
    every = [(str(nth), nvml.nvmlDeviceGetHandleByIndex(nth)) for nth in range(nvml.nvmlDeviceGetCount())]
    wanted = [part.strip() for part in (said or "").split(",")]
    if said is None or any(part.startswith("MIG") for part in wanted):
        return every
    return [(name, handle) for name, handle in every if _is_among(wanted, name, nvml.nvmlDeviceGetUUID(handle))]


def _is_among(wanted: Sequence[str], index: str, uuid: str | bytes) -> bool:
    known = uuid.decode() if isinstance(uuid, bytes) else uuid
    return any(part == index or (part.startswith("GPU-") and known.startswith(part)) for part in wanted)
