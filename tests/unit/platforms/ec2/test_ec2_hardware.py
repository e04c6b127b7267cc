from __future__ import annotations

from typing import Any

import pytest

from pytest_fmbench.errors import NotAllowed, UsageError
from pytest_fmbench.hardware.instances import INSTANCES
from pytest_fmbench.platforms.ec2.hardware import instance_in, parameter_of, shared_out
from pytest_fmbench.platforms.ec2.quotas import quota_code
from pytest_fmbench.platforms.inventory import NEURON, NVIDIA, Accelerators
from tests.support.ec2 import deployment, plan


@pytest.mark.parametrize(
    ("kind", "parameter"),
    [
        ("g6e.2xlarge", "deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id"),
        ("g5g.xlarge", "deeplearning/ami/arm64/base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id"),
        ("inf2.xlarge", "neuron/dlami/base/amazon-linux-2023/latest/image_id"),
        ("trn2.48xlarge", "neuron/dlami/base/amazon-linux-2023/latest/image_id"),
        ("m7i.xlarge", "ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"),
        ("c7g.xlarge", "ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"),
    ],
)
def test_the_image_suits_the_hardware(kind: str, parameter: str) -> None:
    assert parameter_of(INSTANCES[kind]) == f"/aws/service/{parameter}"


def test_all_that_we_know_have_an_image() -> None:
    assert all(parameter_of(one).startswith("/aws/service/") for one in INSTANCES.values())


def names(kind: str, accelerators: int, replicas: Any = 1) -> list[tuple[str, ...]]:
    found = shared_out(deployment(kind=kind, replicas=replicas), plan(accelerators=accelerators), INSTANCES[kind])
    return [one.names for one in found]


@pytest.mark.parametrize(
    ("kind", "accelerators", "replicas", "expected"),
    [
        ("g6.xlarge", 1, 1, [("0",)]),
        ("g6.12xlarge", 2, 2, [("0", "1"), ("2", "3")]),
        ("g6.12xlarge", 1, "max", [("0",), ("1",), ("2",), ("3",)]),
        ("inf2.24xlarge", 2, 1, [("0",)]),
        ("inf2.24xlarge", 4, "max", [("0", "1"), ("2", "3"), ("4", "5")]),
        ("g6.xlarge", 0, 2, [(), ()]),
        ("m7i.xlarge", 0, 1, [()]),
    ],
)
def test_each_replica_gets_devices_of_its_own(
    kind: str, accelerators: int, replicas: object, expected: list[tuple[str, ...]]
) -> None:
    assert names(kind, accelerators, replicas) == expected


def test_devices_are_of_their_kind() -> None:
    gpu, neuron = (shared_out(deployment(kind=kind), plan(), INSTANCES[kind]) for kind in ("g6.xlarge", "inf2.xlarge"))
    assert (gpu, neuron) == ((Accelerators(NVIDIA, ("0",)),), (Accelerators(NEURON, ("0",)),))


def test_more_than_there_are_are_not_had() -> None:
    with pytest.raises(
        NotAllowed, match=r"takes 6 of g6\.12xlarge's accelerators, 2 for each of 3 replicas, and it has 4 x L4"
    ):
        names("g6.12xlarge", 2, 3)


def test_as_many_as_there_is_room_for_is_known_of_devices_only() -> None:
    with pytest.raises(UsageError, match="replicas='max' counts devices, and it takes none"):
        names("m7i.xlarge", 0, "max")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            {
                "GpuInfo": {
                    "Gpus": [
                        _GPU := {"Name": "R1", "Manufacturer": "NVIDIA", "Count": 8, "MemoryInfo": {"SizeInMiB": 9}}
                    ]
                }
            },
            ("8 x R1", 8),
        ),
        ({"GpuInfo": {"Gpus": [{**_GPU, "Manufacturer": "AMD"}]}}, ("4 vCPUs, aarch64", 0)),
        (
            {"NeuronInfo": {"NeuronDevices": [{"Name": "Trainium9", "Count": 2, "CoreInfo": {"Count": 8}}]}},
            ("2 x Trainium9", 16),
        ),
        ({}, ("4 vCPUs, aarch64", 0)),
    ],
)
def test_a_type_that_came_later_is_what_ec2_says(told: dict[str, Any], expected: tuple[str, int]) -> None:
    common = {
        "InstanceType": "z9.large",
        "VCpuInfo": {"DefaultVCpus": 4},
        "MemoryInfo": {"SizeInMiB": 8_192},
        "ProcessorInfo": {"SupportedArchitectures": ["arm64"]},
    }
    found = instance_in(common | told)
    assert (found.name, found.memory_gib, found.architecture) == ("z9.large", 8.0, "aarch64")
    assert (found.hardware, found.devices) == expected


@pytest.mark.parametrize(
    ("kind", "market", "code"),
    [
        ("g6e.2xlarge", "on-demand", "L-DB2E81BA"),
        ("gr6.4xlarge", "spot", "L-3819A6DF"),
        ("p5.48xlarge", "on-demand", "L-417A185B"),
        ("p6-b200.48xlarge", "on-demand", "L-417A185B"),
        ("p4d.24xlarge", "spot", "L-7212CCBC"),
        ("p5en.48xlarge", "spot", "L-C4BD4855"),
        ("p6-b200.48xlarge", "spot", None),
        ("inf2.xlarge", "on-demand", "L-1945791B"),
        ("trn1.2xlarge", "spot", "L-6B0D517C"),
        ("m7i.large", "on-demand", "L-1216C47A"),
        ("t3.large", "spot", "L-34B43A08"),
        ("p5.48xlarge", "block", None),
        ("x2idn.large", "on-demand", None),
    ],
)
def test_quotas_are_of_families(kind: str, market: str, code: str | None) -> None:
    assert quota_code(kind, market) == code


def test_all_that_we_know_count_towards_one() -> None:
    assert [kind for kind in INSTANCES if quota_code(kind, "on-demand") is None] == []
