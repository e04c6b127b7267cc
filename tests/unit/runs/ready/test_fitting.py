from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_fmbench.catalog import STACKS
from pytest_fmbench.errors import UsageError
from pytest_fmbench.hardware.accelerators import Accelerator
from pytest_fmbench.hardware.instances import Instance
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.runs.ready import fitting
from pytest_fmbench.runs.ready.fitting import instance_of, see_that_it_can_be, told
from tests.support.gguf import gguf
from tests.support.models import CONFIGS
from tests.unit.fit.test_gguf import SMOLLM2

Made = Callable[..., Deployment]
SMALL = Instance("local", 2, 4.0, "x86_64")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that the user has is seen, and this machine is a small one."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(fitting, "this_machine", lambda: SMALL)


@pytest.fixture
def llama(tmp_path: Path) -> Made:
    """Deployments of an 8B Llama whose configuration is at hand."""
    folder = tmp_path / "llama"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(CONFIGS["Llama-3.1-8B"]))

    def made(instance: str, quantization: str | None = None, stack: str = "vllm", **how: Option) -> Deployment:
        parallel = int(how.pop("tensor_parallel", 1))
        return Deployment(str(folder), stack, instance, quantization, parallel, options=how)

    return made


def check(deployment: Deployment) -> None:
    stack = STACKS[deployment.stack]()
    see_that_it_can_be(deployment, stack.plan(deployment), stack.card)


def refusal(deployment: Deployment) -> str:
    with pytest.raises(UsageError) as raised:
        check(deployment)
    assert str(raised.value).startswith(f"{deployment.id}: ")
    assert "\n" not in str(raised.value)
    return str(raised.value).removeprefix(f"{deployment.id}: ")


def described(deployment: Deployment) -> str:
    stack = STACKS[deployment.stack]()
    return told(deployment, stack.plan(deployment), stack.card)


@pytest.mark.parametrize(
    ("instance", "quantization", "options"),
    [
        ("ec2:g6.xlarge", None, {"context": 8192}),
        ("ec2:g6.12xlarge", None, {"tensor_parallel": 4}),
        ("sagemaker:ml.g5.xlarge", "awq", {"context": 8192}),
        ("sagemaker:ml.g5.xlarge", None, {"--quantization": "fp8", "context": 8192}),
        ("ec2:g6.xlarge", "fp8", {"context": 8192, "kv_precision": "fp8"}),
        ("ec2:p5.48xlarge", None, {"tensor_parallel": 2, "pipeline_parallel": 2, "data_parallel": 2}),
        ("ec2:g99.xlarge", "fp8", {}),
        ("local", None, {}),
    ],
)
def test_what_can_be_is_let_through(
    llama: Made, instance: str, quantization: str | None, options: dict[str, Option]
) -> None:
    check(llama(instance, quantization, **options))


def test_a_precision_that_the_hardware_does_not_compute(llama: Made) -> None:
    said = refusal(llama("sagemaker:ml.g5.xlarge", "fp8"))
    assert said.startswith("A10G (compute capability 8.6) does not compute fp8, which takes compute capability 8.9")
    assert "options={'--quantization': 'fp8'}" in said
    assert refusal(Deployment("not/here", "vllm", "ec2:g4dn.xlarge", "bf16")).startswith("T4 (compute capability 7.5)")


@pytest.mark.parametrize(
    ("stack", "instance", "kept", "told"),
    [
        (
            "vllm",
            "ec2:g4dn.xlarge",
            "fp8",
            "vllm keeps no KV cache as fp8 on T4 (compute capability 7.5), which",
        ),
        (
            "vllm",
            "ec2:g6.xlarge",
            "nvfp4",
            "10.0 and below 11.0: leave kv_precision out, or take one of B200, B300",
        ),
        ("trtllm", "ec2:p3.2xlarge", "fp8", "trtllm keeps no KV cache as fp8 on V100"),
        ("djl", "sagemaker:ml.g4dn.xlarge", "fp8", "djl keeps no KV cache as fp8 on T4"),
        ("triton_vllm", "ec2:g4dn.xlarge", "fp8", "triton_vllm keeps no KV cache as fp8 on T4"),
    ],
)
def test_a_cache_that_no_kernel_keeps_so_there(stack: str, instance: str, kept: str, told: str) -> None:
    assert told in refusal(Deployment("not/here", stack, instance, options={"kv_precision": kept}))


@pytest.mark.parametrize(
    ("stack", "instance", "kept"),
    [
        ("vllm", "ec2:g5.xlarge", "fp8"),
        ("vllm", "ec2:g4dn.xlarge", "fp16"),
        ("vllm", "ec2:p6-b200.48xlarge", "nvfp4"),
        ("trtllm", "ec2:g5.xlarge", "fp8"),
        ("vllm_neuron", "ec2:trn2.3xlarge", "fp8"),
        ("lmdeploy", "ec2:g4dn.xlarge", "int8"),
    ],
)
def test_a_cache_that_some_kernel_keeps_so_there(stack: str, instance: str, kept: str) -> None:
    check(Deployment("not/here", stack, instance, options={"kv_precision": kept}))


@pytest.mark.parametrize("stack", ["sglang", "tgi", "lmdeploy", "trtllm", "triton_trtllm"])
def test_stacks_that_serve_what_their_cache_holds_are_refused_for_weights_only(
    llama: Made, stack: str, tmp_path: Path
) -> None:
    check(llama("ec2:g6.xlarge", stack=stack, context=131_072))
    (tmp_path / "config.json").write_text(json.dumps(CONFIGS["Llama-3.1-70B"]))
    said = refusal(Deployment(str(tmp_path), stack, "ec2:g6e.xlarge", options={"context": 64}))
    assert said.startswith("too large for g6e.xlarge (1 x L40S): it needs 131.")
    assert "KV cache" not in said
    assert described(llama("ec2:g6.xlarge", stack=stack)).startswith("g6.xlarge (1 x L4): fits; 7.20 GiB are left: ")


def test_a_place_s_settings_are_no_part_of_its_hardware(llama: Made) -> None:
    said = refusal(llama("ec2:g5.xlarge?market=spot&regions=us-west-2", "fp8"))
    assert said.startswith("A10G (compute capability 8.6) does not compute fp8")
    assert refusal(llama("sagemaker:ml.g5.xlarge?region=eu-west-1", "fp8")).startswith("A10G")


def test_a_processor_s_precisions(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(Deployment("not/here", "vllm_cpu", "ec2:c8g.4xlarge", "awq"))
    assert said.startswith("servers on a CPU (aarch64) do not compute awq")
    check(Deployment("not/here", "vllm_cpu", "ec2:c7i.4xlarge", "awq"))
    monkeypatch.setattr(fitting, "this_machine", lambda: Instance("local", 2, 4.0, "aarch64"))
    assert "aarch64" in refusal(Deployment("not/here", "vllm_cpu", "local", "awq"))


def test_too_few_devices_none_and_others(llama: Made) -> None:
    assert refusal(llama("ec2:g6.12xlarge", tensor_parallel=4, data_parallel=2)) == (
        "vllm takes 8 devices there, and g6.12xlarge (4 x L4) has 4; a server is cut over those of one instance, "
        "however many instances there are"
    )
    assert refusal(llama("ec2:c7i.xlarge?market=spot")) == refusal(llama("ec2:c7i.xlarge"))
    assert refusal(llama("ec2:c7i.xlarge")) == ("vllm takes 1 device there, and c7i.xlarge (4 vCPUs, x86_64) has none")
    assert refusal(llama("ec2:inf2.xlarge")) == (
        "vllm runs on accelerators of nvidia, and inf2.xlarge (1 x Inferentia2) is one of neuron"
    )


def test_a_model_that_is_too_large(llama: Made) -> None:
    assert refusal(llama("ec2:g6.xlarge")) == (
        "too large for g6.xlarge (1 x L4): it needs 31.29 GiB (weights 14.96 GiB as bf16, KV cache 16.00 GiB for 1 "
        "request of 131,072 tokens, activations 0.14 GiB, runtime 0.20 GiB), and there is 20.56 GiB (92% of 22.35 GiB "
        "of each L4). The smallest listed that fits is g6e.xlarge (1 x L40S)"
    )
    assert refusal(llama("ec2:g6.xlarge", memory_share=0.5, context=64)).endswith(
        "(50% of 22.35 GiB of each L4). The smallest listed that fits is g7.2xlarge (1 x RTX PRO 4500)"
    )


def test_where_none_would_do_that_is_said(llama: Made) -> None:
    said = refusal(llama("ec2:p5.48xlarge", context=100_000_000))
    assert said.endswith("instances that are listed has the room")


def test_llama_cpp_makes_room_for_all_slots_on_the_host(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(gguf(SMOLLM2))
    check(Deployment(str(path), "llamacpp"))
    said = refusal(Deployment(str(path), "llamacpp", options={"context": 8192, "max_batch": 64}))
    assert said.startswith("too large for this machine (2 vCPUs, x86_64): it needs 11.27 GiB (weights 0.00 GiB as ")
    assert "KV cache 11.25 GiB for 64 requests of 8,192 tokens" in said
    assert said.endswith("The smallest listed that fits is r7a.large (2 vCPUs, x86_64)")


def test_gpus_of_this_machine_count_once_they_are_seen(llama: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    check(llama("local", "fp8", tensor_parallel=8))
    assert described(llama("local")).startswith("not checked: what this machine has is not known")
    seen = Instance("local", 16, 64.0, "x86_64", Accelerator("NVIDIA A10G", "nvidia", 23_028, (8, 6)), 1)
    monkeypatch.setattr(fitting, "this_machine", lambda: seen)
    assert refusal(llama("local", "fp8")).startswith("NVIDIA A10G (compute capability 8.6) does not compute fp8")
    assert refusal(llama("local", tensor_parallel=2)).endswith("this machine (1 x NVIDIA A10G) has 1")


def test_a_system_that_does_not_say_its_memory_is_not_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(gguf(SMOLLM2))
    monkeypatch.setattr(fitting, "this_machine", lambda: Instance("local", 2, 0.0))
    check(Deployment(str(path), "llamacpp"))


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"instance": "ec2:g99.xlarge"}, "ec2:g99.xlarge is not in the table of instances, which is of 2026-"),
        ({"--quantization": "fp8"}, "--quantization may change what is loaded"),
        ({"model": "not/here"}, "no config.json or GGUF file of not/here is at hand, and none is fetched for it"),
    ],
)
def test_what_is_not_checked_says_why(llama: Made, how: dict[str, str], reason: str) -> None:
    options = dict(how)
    instance, model = options.pop("instance", "ec2:g6.xlarge"), options.pop("model", "")
    made = Deployment(model, "vllm", instance) if model else llama(instance, **options)
    assert described(made).startswith(f"not checked: {reason}")
    check(made)


def test_a_stack_of_which_it_is_not_known_is_not_checked(llama: Made) -> None:
    stack, made = STACKS["vllm"](), llama("ec2:g6.xlarge")
    card = replace(stack.card, taking=None)
    see_that_it_can_be(made, stack.plan(made), card)
    assert told(made, stack.plan(made), card) == "not checked: what vllm takes of the memory is not known"


def test_a_type_that_is_not_counted_is_not_checked(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "mamba"}')
    assert described(Deployment(str(tmp_path), "vllm", "ec2:g6.xlarge")).startswith(
        "not checked: models of type 'mamba' are not counted; those are: "
    )


def test_what_fits_is_told_with_its_arithmetic(llama: Made) -> None:
    assert described(llama("ec2:g6.xlarge", context=8192)).startswith(
        "g6.xlarge (1 x L4): fits; 4.27 GiB are left; 5 requests of 8,192 tokens at once, at most: it needs 16.29 GiB ("
    )


@pytest.mark.parametrize(
    ("instance", "name"),
    [
        ("local", "local"),
        ("ec2:g6.xlarge", "g6.xlarge"),
        ("ec2:g6.xlarge?market=spot", "g6.xlarge"),
        ("sagemaker:ml.g6.xlarge", "g6.xlarge"),
        ("sagemaker:ml.g6.xlarge?region=us-west-2", "g6.xlarge"),
        ("url:http://a", None),
    ],
)
def test_hardware_is_known_by_the_instance(instance: str, name: str | None) -> None:
    found = instance_of(Deployment("m", "vllm", instance))
    assert (found.name if found else None) == name
