from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_fmbench.fit.architecture import Architecture
from pytest_fmbench.fit.fitting import Fitting, divides, fitting_ones
from pytest_fmbench.fit.memory import Asked
from pytest_fmbench.fit.reading import read_config
from pytest_fmbench.fit.told import lines, sentence, verdict
from pytest_fmbench.hardware.instances import INSTANCES
from tests.support.models import CONFIGS

ACCELERATED = [one for one in INSTANCES.values() if one.accelerator]
NVIDIA = [one for one in ACCELERATED if one.accelerator and one.accelerator.vendor == "nvidia"]
CPUS = [one for one in INSTANCES.values() if not one.accelerator]


def architecture(model: str = "Llama-3.1-8B") -> Architecture:
    found = read_config(CONFIGS[model])
    assert isinstance(found, Architecture)
    return found


def on(instance: str, asked: Asked, model: str = "Llama-3.1-8B", share: float = 0.92) -> Fitting:
    return Fitting(architecture(model), asked, INSTANCES[instance], share, on_accelerators=True)


def smallest(model: str, asked: Asked) -> tuple[str, int]:
    found = next(fitting_ones(architecture(model), asked, NVIDIA, 0.92, on_accelerators=True))
    return found.instance.name, found.asked.tensor_parallel


def test_the_room_is_a_share_of_one_device() -> None:
    assert on("g6.12xlarge", Asked(1), share=0.5).room == (22_888 << 20) // 2
    assert on("inf2.xlarge", Asked(1), share=1.0).room == 16 << 30, "a NeuronCore's half"


def test_it_fits_only_where_there_are_as_many_devices() -> None:
    assert on("g6.xlarge", Asked(8192)).fits
    assert not on("g6.xlarge", Asked(8192, tensor_parallel=2)).fits
    assert not on("g6.xlarge", Asked(131_072)).fits
    assert on("g6.12xlarge", Asked(131_072, tensor_parallel=4)).fits


def test_as_many_requests_at_once_as_the_cache_holds() -> None:
    found = on("g6.xlarge", Asked(8192))
    assert found.at_once == (found.room - (found.need.total - found.need.cache)) // (1 << 30)
    assert replace(found, asked=replace(found.asked, concurrency=found.at_once)).fits
    assert on("g4dn.xlarge", Asked(8192)).at_once == 0
    assert on("g6.xlarge", Asked(0)).at_once == 0


@pytest.mark.parametrize(
    ("model", "asked", "expected"),
    [
        ("Llama-3.1-8B", Asked(8192), ("g5.xlarge", 1)),
        ("Llama-3.1-8B", Asked(8192, quantization="awq"), ("g4dn.xlarge", 1)),
        ("Llama-3.1-8B", Asked(8192, quantization="fp8"), ("g6.xlarge", 1)),
        ("Llama-3.1-70B", Asked(8192), ("g6e.12xlarge", 4)),
        ("Llama-3.1-70B", Asked(8192, quantization="nvfp4"), ("g7.12xlarge", 2)),
        ("DeepSeek-V3", Asked(8192), ("g7e.48xlarge", 8)),
        ("gpt-oss-20b", Asked(8192), ("g5.xlarge", 1)),
    ],
)
def test_the_smallest_is_found(model: str, asked: Asked, expected: tuple[str, int]) -> None:
    assert smallest(model, asked) == expected


def test_all_that_fit_come_smallest_first_and_each_once() -> None:
    found = list(fitting_ones(architecture(), Asked(8192), ACCELERATED, 0.92, on_accelerators=True))
    sizes = [one.instance.devices * one.instance.device_bytes for one in found]
    assert sizes == sorted(sizes)
    assert len({one.instance.name for one in found}) == len(found)
    assert all(one.fits for one in found)


def test_none_is_found_where_none_is_large_enough() -> None:
    of = architecture("Llama-3.1-405B")
    assert not [*fitting_ones(of, Asked(10_000_000, quantization="fp32"), NVIDIA, 0.92, on_accelerators=True)]


def test_on_a_cpu_the_host_gives_its_memory() -> None:
    found = next(fitting_ones(architecture(), Asked(8192), CPUS, 1.0, on_accelerators=False))
    assert (found.instance.memory_gib, found.devices) == (32.0, 1)
    assert found.room == 32 << 30


@pytest.mark.parametrize(
    ("model", "even"),
    [
        ("Llama-3.1-8B", [1, 2, 4, 8, 16, 32]),
        ("Qwen2.5-7B", [1, 2, 4, 28]),
        ("DeepSeek-V3", [1, 2, 4, 8, 16, 32, 64, 128]),
    ],
)
def test_heads_come_out_even(model: str, even: list[int]) -> None:
    assert [cut for cut in range(1, 129) if divides(architecture(model), cut)] == even


def test_the_arithmetic_is_shown() -> None:
    found = on("g6.xlarge", Asked(8192, 2))
    assert [*lines(found)] == [
        "  weights        14.96 GiB  8,030,261,248 parameters as bf16 (16 bits)",
        "  KV cache        2.00 GiB  131,072 bytes a token, 2 requests of 8,192 tokens",
        "  activations     0.14 GiB  at least, with 2,048 tokens in a step",
        "  runtime         0.20 GiB  the least that it was seen to take",
        "  needed         17.29 GiB",
        "  there is       20.56 GiB  92% of 22.35 GiB of each L4",
    ]
    assert sentence(found) == (
        "it needs 17.29 GiB (weights 14.96 GiB as bf16, KV cache 2.00 GiB for 2 requests of 8,192 tokens, activations "
        "0.14 GiB, runtime 0.20 GiB), and there is 20.56 GiB (92% of 22.35 GiB of each L4)"
    )
    assert verdict(found) == "g6.xlarge (1 x L4): fits; 3.27 GiB are left; 5 requests of 8,192 tokens at once, at most"


def test_what_is_cut_says_so() -> None:
    found = on("inf2.24xlarge", Asked(4096, tensor_parallel=8), "Llama-3.1-70B", share=1.0)
    told = [*lines(found)]
    assert told[0].endswith("70,553,706,496 parameters as bf16 (16 bits), cut over 8")
    assert told[-2].endswith("on each device")
    assert told[-1].endswith("100% of 16.00 GiB of each device of Inferentia2")
    assert verdict(found).startswith("inf2.24xlarge (6 x Inferentia2): does not fit, for want of ")
    staged = on("g6.12xlarge", Asked(4096, tensor_parallel=2, pipeline_parallel=2))
    assert verdict(staged).startswith("g6.12xlarge (4 x L4) with tensor_parallel=2, pipeline_parallel=2: fits; ")
    assert "in 2 stages" in [*lines(staged)][1]
    many = on("g6.12xlarge", Asked(4096, tensor_parallel=8))
    assert verdict(many).endswith("does not fit: it is cut over 8 devices, and there are 4")


def test_windows_and_files_say_so() -> None:
    windowed = [*lines(on("g6.xlarge", Asked(8192), "gpt-oss-20b"))]
    assert windowed[1].endswith("1 request of 8,192 tokens, 12 of 24 layers keep 128 at most")
    filed = Fitting(architecture("SmolLM2-135M"), Asked(0, weights=98_362_432), INSTANCES["c7i.large"], 1.0, False)
    assert [line.split()[0] for line in lines(filed)] == ["weights", "activations", "needed", "there"]
    assert "the file, 98,362,432 bytes" in next(lines(filed))
    assert "weights 0.09 GiB as the file has them" in sentence(filed)
    assert verdict(filed).endswith("are left")
