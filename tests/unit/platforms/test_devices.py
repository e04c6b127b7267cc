from __future__ import annotations

import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from pytest_fmbench.hardware.accelerators import Accelerator
from pytest_fmbench.platforms.devices import this_machine
from pytest_fmbench.platforms.machine import machine, with_gpus
from pytest_fmbench.platforms.nvidia import gpus

GIB = 1 << 30


class NoDriver(Exception):
    pass


class Unknown(NoDriver):
    pass


class FakeNvml:
    """As ``pynvml`` answers.

    :param reserved: that the driver keeps to itself of each; None where it does not tell that apart.
    """

    NVMLError = NoDriver
    NVMLError_FunctionNotFound = NVMLError_NotSupported = Unknown
    nvmlMemory_v2 = 2  # noqa: N815  # NVML's

    def __init__(
        self, *gpus: tuple[str | bytes, int, tuple[int, int]], driver: bool = True, reserved: int | None = 0
    ) -> None:
        self._gpus, self._driver, self._reserved, self.open = gpus, driver, reserved, False

    def nvmlInit(self) -> None:  # noqa: N802  # NVML's
        if not self._driver:
            raise NoDriver
        self.open = True

    def nvmlShutdown(self) -> None:  # noqa: N802  # NVML's
        self.open = False

    def nvmlSystemGetDriverVersion(self) -> str:  # noqa: N802  # NVML's
        return "580.159.04"

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802  # NVML's
        return len(self._gpus)

    def nvmlDeviceGetHandleByIndex(self, at: int) -> int:  # noqa: N802  # NVML's
        return at

    def nvmlDeviceGetName(self, handle: int) -> str | bytes:  # noqa: N802  # NVML's
        return self._gpus[handle][0]

    def nvmlDeviceGetMemoryInfo(self, handle: int, version: int = 0) -> SimpleNamespace:  # noqa: N802  # NVML's
        if version and self._reserved is None:
            raise Unknown
        return SimpleNamespace(total=self._gpus[handle][1], **({"reserved": self._reserved} if version else {}))

    def nvmlDeviceGetCudaComputeCapability(self, handle: int) -> tuple[int, int]:  # noqa: N802  # NVML's
        return self._gpus[handle][2]


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    for asked in (this_machine, gpus):
        asked.cache_clear()
    yield
    for asked in (this_machine, gpus):
        asked.cache_clear()


def having(nvml: FakeNvml | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", nvml)


def test_its_gpus_are_seen_through_nvml(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = FakeNvml(("NVIDIA L40S", 45 * GIB, (8, 9)), (b"NVIDIA L4", 22 * GIB, (8, 9)))
    having(nvml, monkeypatch)
    found = this_machine()
    assert found.accelerator == Accelerator("NVIDIA L4", "nvidia", 22 << 10, (8, 9)), "the smallest"
    assert (found.devices, found.device_bytes, nvml.open) == (2, 22 * GIB, False)


@pytest.mark.parametrize(("reserved", "memory_mib"), [(503_316_480, 81_079), (None, 81_559)])
def test_what_the_driver_keeps_to_itself_is_no_memory_for_models(
    monkeypatch: pytest.MonkeyPatch, reserved: int | None, memory_mib: int
) -> None:
    """Of a real H100, whose CUDA tells 85,017,493,504 bytes in all."""
    having(FakeNvml(("NVIDIA H100 80GB HBM3", 85_520_809_984, (9, 0)), reserved=reserved), monkeypatch)
    assert this_machine().accelerator == Accelerator("NVIDIA H100 80GB HBM3", "nvidia", memory_mib, (9, 0))


def test_conditions_name_gpus_and_their_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    large, small = ("NVIDIA L40S", 45 * GIB, (8, 9)), (b"NVIDIA L4", 22 * GIB, (8, 9))
    having(FakeNvml(large, small, small), monkeypatch)
    told = {"gpus": "1 x NVIDIA L40S, 2 x NVIDIA L4", "gpu_driver": "580.159.04"}
    assert with_gpus() == machine() | told


@pytest.mark.parametrize("nvml", [None, FakeNvml(driver=False), FakeNvml()], ids=["no library", "no driver", "none"])
def test_without_gpus_there_are_cores_and_memory(nvml: FakeNvml | None, monkeypatch: pytest.MonkeyPatch) -> None:
    having(nvml, monkeypatch)
    found = this_machine()
    assert (found.name, found.accelerator, found.devices) == ("local", None, 0)
    assert found.vcpus >= 1
    assert found.memory_gib > 0
    assert with_gpus() == machine()
