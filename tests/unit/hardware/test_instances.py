from __future__ import annotations

import gzip
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.hardware.accelerators import ACCELERATORS, NEURON, NVIDIA
from pytest_fmbench.hardware.instances import INSTANCES, Instance, find_instance


def test_a_type_is_found_by_either_name() -> None:
    found = find_instance("ml.g6.12xlarge")
    assert found is find_instance("g6.12xlarge") is INSTANCES["g6.12xlarge"]
    assert (found.vcpus, found.memory_gib, found.devices, found.hardware) == (48, 192.0, 4, "4 x L4")
    assert find_instance("g99.xlarge") is None


def test_parts_of_a_device_share_its_memory() -> None:
    found = INSTANCES["trn2.48xlarge"]
    assert (found.count, found.devices, found.device_bytes) == (16, 64, 24 << 30)


def test_without_accelerators_there_are_no_devices() -> None:
    found = INSTANCES["m7g.2xlarge"]
    assert (found.devices, found.device_bytes, found.host_bytes) == (0, 0, 32 << 30)
    assert found.hardware == "8 vCPUs, aarch64"


@pytest.mark.parametrize("name", ACCELERATORS)
def test_an_accelerator_is_whole(name: str) -> None:
    found = ACCELERATORS[name]
    assert found.name == name
    assert found.vendor in (NVIDIA, NEURON)
    assert (found.capability is None) == (found.vendor == NEURON)
    assert found.memory_mib % found.parts == 0
    assert any(one.accelerator is found for one in INSTANCES.values()), "on no instance"


def test_the_table_is_consistent() -> None:
    for name, one in INSTANCES.items():
        assert one.name == name
        assert (one.accelerator is None) == (one.count == 0)
        assert one.vcpus >= 1
        assert 1 <= one.memory_gib / one.vcpus <= 32, name
    families = {name.partition(".")[0] for name in INSTANCES}
    wanted = "g4dn g5 g6 g6e gr6 p3 p4d p4de p5 p5e p5en p6-b200 inf2 trn1 trn2 c7i m7i r7i c7g m7g c8g"
    assert {*wanted.split()} <= families


def test_larger_sizes_of_a_family_have_no_less() -> None:
    for family in {name.partition(".")[0] for name in INSTANCES}:
        members = [one for one in INSTANCES.values() if one.name.startswith(f"{family}.")]
        by_vcpus = sorted(members, key=lambda one: (one.vcpus, one.memory_gib))
        assert [one.memory_gib for one in by_vcpus] == sorted(one.memory_gib for one in members)


def known_to_moto() -> dict[str, Any]:
    spec = find_spec("moto")
    if spec is None or not spec.origin:
        pytest.skip("moto is not installed, whose table is EC2's own: pip install moto")
    path = Path(spec.origin).parent / "ec2" / "resources" / "instance_types.json.gz"
    found: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return found


def as_ec2_says(said: dict[str, Any]) -> tuple[object, ...]:
    gpus = said.get("GpuInfo", {}).get("Gpus") or said.get("NeuronInfo", {}).get("NeuronDevices") or [{}]
    memory = gpus[0].get("MemoryInfo", {}).get("SizeInMiB", 0)
    (architecture,) = said["ProcessorInfo"]["SupportedArchitectures"]
    kind = "aarch64" if architecture == "arm64" else architecture
    return said["VCpuInfo"]["DefaultVCpus"], said["MemoryInfo"]["SizeInMiB"], kind, gpus[0].get("Count", 0), memory


def as_we_say(one: Instance) -> tuple[object, ...]:
    memory = one.accelerator.memory_mib if one.accelerator else 0
    return one.vcpus, one.memory_gib * 1024, one.architecture, one.count, memory


def test_it_says_what_ec2_says() -> None:
    theirs = known_to_moto()
    # EC2 gives each Trainium2 device 512 GiB; AWS's documents of Neuron say 96 GiB, and 1,536 GiB for sixteen
    both = {name for name in {*theirs} & {*INSTANCES} if not name.startswith("trn2.")}
    assert len(both) > 100
    ours = {name: as_we_say(INSTANCES[name]) for name in both}
    assert ours == {name: as_ec2_says(theirs[name]) for name in both}
