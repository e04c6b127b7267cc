from __future__ import annotations

import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from pytest_fmbench.hardware.accelerators import Accelerator
from pytest_fmbench.platforms.devices import this_machine

GIB = 1 << 30


class NoDriver(Exception):
    pass


class FakeNvml:
    """As ``pynvml`` answers."""

    NVMLError = NoDriver

    def __init__(self, *gpus: tuple[str | bytes, int, tuple[int, int]], driver: bool = True) -> None:
        self._gpus, self._driver, self.open = gpus, driver, False

    def nvmlInit(self) -> None:  # noqa: N802  # NVML's
        if not self._driver:
            raise NoDriver
        self.open = True

    def nvmlShutdown(self) -> None:  # noqa: N802  # NVML's
        self.open = False

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802  # NVML's
        return len(self._gpus)

    def nvmlDeviceGetHandleByIndex(self, at: int) -> int:  # noqa: N802  # NVML's
        return at

    def nvmlDeviceGetName(self, handle: int) -> str | bytes:  # noqa: N802  # NVML's
        return self._gpus[handle][0]

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> SimpleNamespace:  # noqa: N802  # NVML's
        return SimpleNamespace(total=self._gpus[handle][1])

    def nvmlDeviceGetCudaComputeCapability(self, handle: int) -> tuple[int, int]:  # noqa: N802  # NVML's
        return self._gpus[handle][2]


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    this_machine.cache_clear()
    yield
    this_machine.cache_clear()


def having(nvml: FakeNvml | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", nvml)


def test_its_gpus_are_seen_through_nvml(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = FakeNvml(("NVIDIA L40S", 45 * GIB, (8, 9)), (b"NVIDIA L4", 22 * GIB, (8, 9)))
    having(nvml, monkeypatch)
    found = this_machine()
    assert found.accelerator == Accelerator("NVIDIA L4", "nvidia", 22 << 10, (8, 9)), "the smallest"
    assert (found.devices, found.device_bytes, nvml.open) == (2, 22 * GIB, False)


@pytest.mark.parametrize("nvml", [None, FakeNvml(driver=False), FakeNvml()], ids=["no library", "no driver", "none"])
def test_without_gpus_there_are_cores_and_memory(nvml: FakeNvml | None, monkeypatch: pytest.MonkeyPatch) -> None:
    having(nvml, monkeypatch)
    found = this_machine()
    assert (found.name, found.accelerator, found.devices) == ("local", None, 0)
    assert found.vcpus >= 1
    assert found.memory_gib > 0
