from __future__ import annotations

import math
import sys

import pytest

from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.telemetry.base import Subject
from pytest_fmbench.telemetry.nvml import Nvml
from tests.support.telemetry import FakeGpu, FakeNvml, FunctionNotFound, NoPermission, NotSupported, NVMLError

HERE = Subject(Endpoint("http://127.0.0.1:9/v1", "m", "openai-chat"), here=True)


def two() -> list[FakeGpu]:
    return [FakeGpu("GPU-aaa", reasons=0x04), FakeGpu("GPU-bbb", power_mw=50_000, busy=0)]


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> FakeNvml:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    fake = FakeNvml(two())
    monkeypatch.setitem(sys.modules, "pynvml", fake.module())
    return fake


def told(source: Nvml) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for one in source.sample():
        found.setdefault(one.device, {})[one.name] = one.value
    return found


def test_each_gpu_is_told_in_si_units(nvml: FakeNvml) -> None:
    source = Nvml(HERE)
    assert told(source)["0"] == {
        "utilization": 0.5,
        "memory": 2.0**30,
        "power": 300.0,
        "sm_clock": 1.98e9,
        "energy": 9_000.0,
        "throttled": 1.0,
        "throttled_power": 1.0,
        "throttled_heat": 0.0,
    }
    assert {device: one["power"] for device, one in told(source).items()} == {"0": 300.0, "1": 50.0}
    source.close()
    assert nvml.shut_down == 1


@pytest.mark.parametrize(
    ("reasons", "power", "heat", "any_"),
    [
        (0x000, 0, 0, 0),
        (0x001, 0, 0, 0),  # idle
        (0x002, 0, 0, 0),  # somebody set the clocks
        (0x004, 1, 0, 1),
        (0x008, 0, 0, 1),
        (0x020, 0, 1, 1),
        (0x040, 0, 1, 1),
        (0x080, 1, 0, 1),
        (0x113, 0, 0, 0),
    ],
)
def test_reasons_of_throttling_are_told_apart(nvml: FakeNvml, reasons: int, power: int, heat: int, any_: int) -> None:
    nvml.gpus[0].reasons = reasons
    one = told(Nvml(HERE))["0"]
    assert (one["throttled_power"], one["throttled_heat"], one["throttled"]) == (power, heat, any_)


def test_an_older_library_names_them_otherwise(nvml: FakeNvml, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", nvml.module(old=True))
    assert told(Nvml(HERE))["0"]["throttled"] == 1.0


@pytest.mark.parametrize(
    ("gpu", "smi"),
    [
        (FakeGpu("GPU-h100", 125_433, 8_697_911, 28, 0, 1_980, 0x0, 503_316_480), "125.43, 28, 0, 1980, 0x0"),
        (
            FakeGpu("GPU-h100", 694_331, 11_851_417, 99, 925_696_000, 1_320, 0x4, 503_316_480),
            "694.33, 99, 883, 1320, 0x4",
        ),
    ],
    ids=["idle", "a matrix product"],
)
def test_a_real_gpu_is_told_as_nvidia_smi_tells_it(nvml: FakeNvml, gpu: FakeGpu, smi: str) -> None:
    """An H100's answers, and the line that nvidia-smi printed in the same moment (driver 580.159.04)."""
    nvml.gpus[:] = [gpu]
    one = told(Nvml(HERE))["0"]
    power, busy, used_mib, clock_mhz, reasons = smi.split(", ")
    assert f"{one['power']:.2f}" == power
    assert (one["utilization"], one["sm_clock"]) == (int(busy) / 100, int(clock_mhz) * 1e6)
    assert math.ceil(one["memory"] / 2**20) == int(used_mib)
    assert one["throttled_power"] == (int(reasons, 16) == 0x4)


@pytest.mark.parametrize(("tells_reserved", "told_bytes"), [(True, 925_696_000), (False, 1_429_012_480)])
def test_memory_is_what_nvidia_smi_calls_used_where_the_driver_tells_that(
    nvml: FakeNvml, tells_reserved: bool, told_bytes: int
) -> None:
    """Of an H100 (driver 580.159.04) that computed a matrix product, by the two versions of the question."""
    nvml.tells_reserved = tells_reserved
    nvml.gpus[:] = [FakeGpu("GPU-h100", used=925_696_000, reserved=503_316_480)]
    assert told(Nvml(HERE))["0"]["memory"] == told_bytes


@pytest.mark.parametrize("error", [NotSupported, FunctionNotFound, NoPermission])
def test_what_a_gpu_does_not_say_is_left_out(nvml: FakeNvml, error: type[Exception]) -> None:
    nvml.gpus[:] = [FakeGpu("GPU-old", energy_mj=error, reasons=error)]
    assert set(told(Nvml(HERE))["0"]) == {"utilization", "memory", "power", "sm_clock"}


def test_any_other_fault_is_one_of_the_sample(nvml: FakeNvml) -> None:
    source = Nvml(HERE)
    nvml.gpus[:] = []
    source.sample()  # its devices were found when it was opened
    nvml.gpus[:] = [FakeGpu("GPU-lost", power_mw=NVMLError)]
    source = Nvml(HERE)
    with pytest.raises(TelemetryFault, match=r"^NVML: it does not say$"):
        source.sample()


@pytest.mark.parametrize(
    ("said", "seen"),
    [("0", ["0"]), ("1", ["1"]), ("1,0", ["0", "1"]), (" GPU-bb ", ["1"]), ("MIG-GPU-aaa/1/2", ["0", "1"])],
)
def test_only_gpus_that_a_server_sees_count(
    nvml: FakeNvml, monkeypatch: pytest.MonkeyPatch, said: str, seen: list[str]
) -> None:
    assert nvml.gpus == two()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", said)
    assert sorted(told(Nvml(HERE))) == seen


@pytest.mark.parametrize("said", ["", "-1", "7"])
def test_where_it_sees_none_the_source_is_not_there(nvml: FakeNvml, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", said)
    with pytest.raises(TelemetryFault, match=r"^NVML sees no GPU that CUDA_VISIBLE_DEVICES"):
        Nvml(HERE)
    assert nvml.shut_down == 1


def test_without_a_driver_it_is_not_there(nvml: FakeNvml) -> None:
    nvml.no_driver = True
    with pytest.raises(TelemetryFault, match=r"^NVML: Driver Not Loaded$"):
        Nvml(HERE)


def test_without_the_package_it_says_how_to_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with pytest.raises(TelemetryFault, match=r"pip install 'pytest-fmbench\[nvidia\]'$"):
        Nvml(HERE)


def test_gpus_of_another_machine_are_not_ours_to_look_at(nvml: FakeNvml) -> None:
    assert nvml.gpus
    with pytest.raises(TelemetryFault, match=r"^the server is not on this machine; --fmbench-dcgm-url"):
        Nvml(Subject(HERE.endpoint, here=False))
    with pytest.raises(TelemetryFault, match=r"--fmbench-dcgm-url tells of$"):
        Nvml(Subject(HERE.endpoint, here=True, dcgm_url="http://h/metrics"))
