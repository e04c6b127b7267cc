from __future__ import annotations

import pytest

from pytest_fmbench.hardware.abilities import computes, processor_computes, refusal
from pytest_fmbench.hardware.accelerators import ACCELERATORS
from pytest_fmbench.hardware.instances import INSTANCES
from pytest_fmbench.model.precision import PRECISIONS

GPUS = ("V100", "T4", "A100 80GB", "A10G", "L4", "L40S", "H100", "B200")


@pytest.mark.parametrize(
    ("name", "able"),
    [
        ("fp16", GPUS),
        ("gptq", GPUS),
        ("nf4", GPUS),
        ("awq", GPUS[1:]),
        ("w8a8", GPUS[1:-1]),
        ("bf16", GPUS[2:]),
        ("int4", GPUS[2:]),
        ("mxfp4", GPUS[2:]),
        ("fp8", ("L4", "L40S", "H100", "B200")),
        ("nvfp4", ("B200",)),
    ],
)
def test_each_precision_runs_where_its_documents_say(name: str, able: tuple[str, ...]) -> None:
    assert tuple(gpu for gpu in GPUS if computes(ACCELERATORS[gpu], PRECISIONS[name])) == able


def test_neuron_has_its_own() -> None:
    found = [name for name, one in PRECISIONS.items() if computes(ACCELERATORS["Inferentia2"], one)]
    assert found == ["fp32", "bf16", "fp16", "fp8", "mxfp4", "int8", "w8a8"]


def test_processors_compute_what_their_servers_do() -> None:
    assert not processor_computes("x86_64", PRECISIONS["fp8"])
    assert [processor_computes(one, PRECISIONS["awq"]) for one in ("x86_64", "aarch64")] == [True, False]
    assert all(processor_computes("aarch64", one) for one in PRECISIONS.values() if one.gguf)


def refused(name: str, instance: str, *, on_accelerators: bool = True) -> str:
    found = refusal(PRECISIONS[name], INSTANCES[instance], on_accelerators=on_accelerators)
    assert found
    return found


def test_a_refusal_names_both_and_what_would_work() -> None:
    assert refused("fp8", "g5.xlarge") == (
        "A10G (compute capability 8.6) does not compute fp8, which takes compute capability 8.9; it does fp32, bf16, "
        "fp16, mxfp4, nf4, int8, w8a8, int4, awq, gptq. fp8 runs on L4, L40S, H100, H200, B200, B300, RTX PRO 4500, "
        "RTX PRO 6000, Inferentia2, Trainium, Trainium2. vLLM can keep weights as fp8 there and compute in 16 bits, "
        "where that is what is to be measured: no quantization, and options={'--quantization': 'fp8'}"
    )
    assert "which takes compute capability 7.5 and below 10.0; it does" in refused("w8a8", "p6-b200.48xlarge")
    assert "--quantization" not in refused("fp8", "p3.2xlarge")
    assert refused("awq", "inf2.xlarge").startswith(
        "Inferentia2 (Neuron) does not compute awq, which takes compute capability 7.5; it does fp32, "
    )
    assert refused("q4_k_m", "inf2.xlarge").startswith("Inferentia2 (Neuron) does not compute q4_k_m; it does fp32, ")


def test_a_processor_is_refused_likewise() -> None:
    assert refused("awq", "c7g.xlarge") == (
        "servers on a CPU (aarch64) do not compute awq; they do fp32, bf16, fp16, w8a8, and those of llama.cpp's files"
    )
    assert "servers on a CPU (x86_64) do not compute fp8" in refused("fp8", "g6.xlarge", on_accelerators=False)


def test_what_works_is_not_refused() -> None:
    assert refusal(PRECISIONS["fp8"], INSTANCES["g6.xlarge"], on_accelerators=True) is None
    assert refusal(PRECISIONS["q4_k_m"], INSTANCES["g5.xlarge"], on_accelerators=False) is None
