"""Telemetry in a line, pages of metrics as servers write them, and an NVML that is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, NamedTuple

from pytest_fmbench.model.sampled import Cost, Telemetry
from pytest_fmbench.runs.sampling.watching import table_of
from pytest_fmbench.telemetry.sampler import Row

NS = 1_000_000_000


class At(NamedTuple):
    """One value: ``At(1.5, "gpu.power", 200.0)``.

    :param s: when, in seconds.
    """

    s: float
    name: str
    value: float
    device: str = ""
    bound: float | None = None


def telemetry(
    *values: At, costs: Mapping[str, Cost] | None = None, absent: Mapping[str, str] | None = None
) -> Telemetry:
    """What these make."""
    rows = []
    for one in values:
        source, _, word = one.name.partition(".")
        rows.append(Row(round(one.s * NS), source, word, one.value, one.device, one.bound))
    return Telemetry(table_of(rows), costs or {}, absent or {})


VLLM = """\
# HELP python_info Python platform information
# TYPE python_info gauge
python_info{implementation="CPython",major="3",minor="11",patchlevel="7",version="3.11.7"} 1.0
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="org/m \\"x\\", {1}"} 3.0
vllm:num_requests_running{engine="1",model_name="org/m \\"x\\", {1}"} 2.0
# HELP vllm:num_requests_waiting Number of requests waiting to be processed.
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0",model_name="m"} 1.0
vllm:num_requests_waiting{engine="1",model_name="m"} 0.0
# HELP vllm:kv_cache_usage_perc KV-cache usage. 1 means 100 percent usage.
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.75
# HELP vllm:prefix_cache_queries_total Prefix cache queries, in terms of number of queried tokens.
# TYPE vllm:prefix_cache_queries_total counter
vllm:prefix_cache_queries_total{engine="0",model_name="m"} 1500.0
# HELP vllm:prefix_cache_queries_created Prefix cache queries, in terms of number of queried tokens.
# TYPE vllm:prefix_cache_queries_created gauge
vllm:prefix_cache_queries_created{engine="0",model_name="m"} 1.764e+09
# HELP vllm:num_preemptions_total Cumulative number of preemption from the engine.
# TYPE vllm:num_preemptions_total counter
vllm:num_preemptions_total{engine="0",model_name="m"} 0.0
# HELP vllm:generation_tokens_total Number of generation tokens processed.
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{engine="0",model_name="m"} 640.0
vllm:generation_tokens_total{engine="1",model_name="m"} 64.0
# HELP vllm:time_to_first_token_seconds Histogram of time to first token in seconds.
# TYPE vllm:time_to_first_token_seconds histogram
vllm:time_to_first_token_seconds_bucket{engine="0",le="0.001",model_name="m"} 0.0
vllm:time_to_first_token_seconds_bucket{engine="0",le="0.25",model_name="m"} 8.0
vllm:time_to_first_token_seconds_bucket{engine="0",le="+Inf",model_name="m"} 10.0
vllm:time_to_first_token_seconds_count{engine="0",model_name="m"} 10.0
vllm:time_to_first_token_seconds_sum{engine="0",model_name="m"} 2.5
vllm:time_to_first_token_seconds_bucket{engine="1",le="0.001",model_name="m"} 1.0
vllm:time_to_first_token_seconds_bucket{engine="1",le="0.25",model_name="m"} 1.0
vllm:time_to_first_token_seconds_bucket{engine="1",le="+Inf",model_name="m"} 1.0
vllm:time_to_first_token_seconds_count{engine="1",model_name="m"} 1.0
vllm:time_to_first_token_seconds_sum{engine="1",model_name="m"} 0.001
"""
"""As vLLM writes it, of two engines, shortened."""

LLAMACPP = """\
# HELP llamacpp:prompt_tokens_total Number of prompt tokens processed.
# TYPE llamacpp:prompt_tokens_total counter
llamacpp:prompt_tokens_total 74
# HELP llamacpp:tokens_predicted_total Number of generation tokens processed.
# TYPE llamacpp:tokens_predicted_total counter
llamacpp:tokens_predicted_total 12
# HELP llamacpp:n_busy_slots_per_decode Average number of busy slots per llama_decode() call
# TYPE llamacpp:n_busy_slots_per_decode counter
llamacpp:n_busy_slots_per_decode 1.5
# HELP llamacpp:predicted_tokens_seconds Average generation throughput in tokens/s.
# TYPE llamacpp:predicted_tokens_seconds gauge
llamacpp:predicted_tokens_seconds nan
# HELP llamacpp:requests_processing Number of requests processing.
# TYPE llamacpp:requests_processing gauge
llamacpp:requests_processing 2
# HELP llamacpp:requests_deferred Number of requests deferred.
# TYPE llamacpp:requests_deferred gauge
llamacpp:requests_deferred 1
"""
"""As llama.cpp writes it."""

_GPU = 'gpu="{0}",UUID="GPU-{0}04ac76c",device="nvidia{0}",modelName="NVIDIA H100 80GB HBM3",Hostname="node-a"'
DCGM = "".join(
    f"# HELP {name} {meaning}\n# TYPE {name} {kind}\n"
    + "".join(f"{name}{{{_GPU.format(nth)}}} {value}\n" for nth, value in enumerate(values))
    for name, meaning, kind, values in (
        ("DCGM_FI_DEV_SM_CLOCK", "SM clock frequency (in MHz).", "gauge", (1980, 345)),
        ("DCGM_FI_DEV_MEMORY_TEMP", "Memory temperature (in C).", "gauge", (60, 9223372036854775794)),
        ("DCGM_FI_DEV_POWER_USAGE", "Power draw (in W).", "gauge", (512.25, 140737488355328.0)),
        ("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "Since boot (in mJ).", "counter", (5_000_000, 9223372036854775794)),
        ("DCGM_FI_DEV_GPU_UTIL", "GPU utilization (in %).", "gauge", (87, 0)),
        ("DCGM_FI_DEV_FB_USED", "Framebuffer memory used (in MiB).", "gauge", (1024, 0)),
        ("DCGM_FI_DEV_CLOCK_THROTTLE_REASONS", "Throttling reasons bitmask.", "gauge", (0x24, 0x1)),
    )
)
"""As the DCGM exporter writes it, of two GPUs, one of which does not tell its power."""

NEURON = """{"neuron_runtime_data": [{"pid": 4711, "address": "", "neuron_runtime_tag": "a", "error": "", "report": {
"neuroncore_counters": {"period": 1.000113182, "neuroncores_in_use": {
"0": {"neuroncore_utilization": 42.0, "flops": 1234567891011}, "1": {"neuroncore_utilization": 58.0, "flops": 0}},
"error": ""}, "memory_used": {"period": 1.00001, "neuron_runtime_used_bytes": {"host": 6997643264,
"neuron_device": 12519788544, "usage_breakdown": {}}, "loaded_models": [], "error": ""}}}],
"system_data": {"memory_info": {"period": 5.34, "memory_total_bytes": 49345835008, "error": ""}},
"instance_info": {"instance_type": "trn2.48xlarge", "error": ""},
"neuron_hardware_info": {"neuron_device_type": "trainium2", "neuron_device_count": 16, "error": ""}}""".replace(
    "\n", ""
)
"""A report of neuron-monitor, as its user guide shows it, shortened."""


class NVMLError(Exception):
    """As of the library."""


class NotSupported(NVMLError):
    """Of a question that a device does not answer."""


class FunctionNotFound(NVMLError):
    """Of one that the driver does not know."""


class NoPermission(NVMLError):
    """Of one that we may not ask."""


@dataclass
class FakeGpu:
    """What a device tells; a class of error is raised."""

    uuid: str
    power_mw: Any = 300_000
    energy_mj: Any = 9_000_000
    busy: Any = 50
    used: Any = 2**30
    clock_mhz: Any = 1_980
    reasons: Any = 0
    reserved: int = 0


@dataclass
class FakeNvml:
    """The library, of these devices."""

    gpus: list[FakeGpu] = field(default_factory=list)
    no_driver: bool = False
    tells_reserved: bool = True
    shut_down: int = 0

    def module(self, *, old: bool = False) -> ModuleType:
        """What ``import pynvml`` gives; an old one names throttle reasons as it did."""
        made = ModuleType("pynvml")
        reasons = "nvmlDeviceGetCurrentClocksThrottleReasons" if old else "nvmlDeviceGetCurrentClocksEventReasons"
        vars(made).update(
            NVMLError=NVMLError,
            NVMLError_NotSupported=NotSupported,
            NVMLError_FunctionNotFound=FunctionNotFound,
            NVMLError_NoPermission=NoPermission,
            nvmlMemory_v2=2,
            NVML_CLOCK_SM=1,
            nvmlInit=self._begin,
            nvmlShutdown=self._end,
            nvmlDeviceGetCount=lambda: len(self.gpus),
            nvmlDeviceGetHandleByIndex=lambda nth: self.gpus[nth],
            nvmlDeviceGetUUID=lambda gpu: gpu.uuid,
            nvmlDeviceGetUtilizationRates=lambda gpu: _Told(gpu=_of(gpu.busy)),
            nvmlDeviceGetMemoryInfo=self._memory,
            nvmlDeviceGetPowerUsage=lambda gpu: _of(gpu.power_mw),
            nvmlDeviceGetClockInfo=lambda gpu, kind: _of(gpu.clock_mhz) if kind == 1 else None,
            nvmlDeviceGetTotalEnergyConsumption=lambda gpu: _of(gpu.energy_mj),
            **{reasons: lambda gpu: _of(gpu.reasons)},
        )
        return made

    def _memory(self, gpu: FakeGpu, version: int = 0) -> _Told:
        """The second version tells apart what the driver keeps to itself; the first counts that as used."""
        if not version:
            return _Told(used=_of(gpu.used) + gpu.reserved)
        if not self.tells_reserved:
            raise FunctionNotFound("it does not know that")
        return _Told(used=_of(gpu.used), reserved=gpu.reserved)

    def _begin(self) -> None:
        if self.no_driver:
            raise NVMLError("Driver Not Loaded")

    def _end(self) -> None:
        self.shut_down += 1


class _Told:
    def __init__(self, **told: Any) -> None:
        vars(self).update(told)


def _of(value: Any) -> Any:
    if isinstance(value, type):
        raise value("it does not say")
    return value
