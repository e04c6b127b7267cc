"""What a type of instance has: from our table, else from EC2; and which image suits it.

Public parameters, whose values are ids of images:
https://docs.aws.amazon.com/dlami/latest/devguide/find-dlami-id.html (GPUs; drivers, docker and NVIDIA's container
toolkit), https://awsdocs-neuron.readthedocs-hosted.com/en/latest/dlami/index.html (Neuron; drivers and docker), and
https://docs.aws.amazon.com/linux/al2023/ug/ec2.html (neither; docker is installed). All are Amazon Linux 2023, which
has the AWS command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_fmbench.errors import CloudFault, NotAllowed, UsageError
from pytest_fmbench.hardware.accelerators import NEURON, NVIDIA, Accelerator
from pytest_fmbench.hardware.instances import Instance, find_instance
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.platforms import inventory
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.inventory import NONE, Accelerators

_ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64"}
"""As Python calls them, and as AWS does."""
_FOR_GPUS = "/aws/service/deeplearning/ami/{}/base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id"
_FOR_NEURON = "/aws/service/neuron/dlami/base/amazon-linux-2023/latest/image_id"
_FOR_CPUS = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{}"


@dataclass(frozen=True)
class Image:
    """An image to boot from.

    :param root: device that its disk is seen as.
    :param size_gb: that the disk has at least.
    """

    ami: str
    root: str
    size_gb: int


def hardware_of(account: Account, kind: str) -> Instance:
    """What instances of type ``kind`` have.

    :raises CloudFault: for one that neither we nor EC2 know.
    """
    known = find_instance(kind)
    if known is not None:
        return known
    told = account.ask("ec2", "describe_instance_types", InstanceTypes=[kind])["InstanceTypes"]
    if not told:
        raise CloudFault(f"EC2 knows no instance type {kind!r} in {account.region}")
    return instance_in(told[0])


def instance_in(told: Mapping[str, Any]) -> Instance:
    """What EC2's DescribeInstanceTypes says of a type."""
    gpus = told.get("GpuInfo", {}).get("Gpus", ())
    nvidia = [one for one in gpus if one.get("Manufacturer", "").lower() == NVIDIA]
    neuron = told.get("NeuronInfo", {}).get("NeuronDevices", ())
    devices = nvidia or neuron
    architectures = told["ProcessorInfo"]["SupportedArchitectures"]
    return Instance(
        name=told["InstanceType"],
        vcpus=int(told["VCpuInfo"]["DefaultVCpus"]),
        memory_gib=told["MemoryInfo"]["SizeInMiB"] / 1024,
        architecture="aarch64" if "arm64" in architectures else "x86_64",
        accelerator=_accelerator(devices[0], NVIDIA if nvidia else NEURON) if devices else None,
        count=sum(int(one.get("Count", 1)) for one in devices),
    )


def _accelerator(told: Mapping[str, Any], vendor: str) -> Accelerator:
    cores = int(told.get("CoreInfo", {}).get("Count", 1))
    return Accelerator(
        name=str(told.get("Name", vendor)),
        vendor=vendor,
        memory_mib=int(told.get("MemoryInfo", {}).get("SizeInMiB", 0)),
        parts=cores if vendor == NEURON else 1,
    )


def parameter_of(hardware: Instance) -> str:
    """The public parameter that holds the id of the newest image for ``hardware``."""
    architecture = _ARCHITECTURES[hardware.architecture]
    if hardware.accelerator is None:
        return parameter_for_cpus(hardware)
    return _FOR_NEURON if hardware.accelerator.vendor == NEURON else _FOR_GPUS.format(architecture)


def parameter_for_cpus(hardware: Instance) -> str:
    """The same of the usual image for its processors, whatever accelerators it has."""
    return _FOR_CPUS.format(_ARCHITECTURES[hardware.architecture])


def image_of(account: Account, given: str, hardware: Instance) -> Image:
    """The image to boot ``hardware`` from.

    :param given: its id, or a parameter that holds it; empty is the usual one.
    :raises UsageError: for one of another architecture.
    :raises CloudFault: where it is not to be had in that region.
    """
    ami = given if given.startswith("ami-") else _value_of(account, given or parameter_of(hardware))
    told = account.ask("ec2", "describe_images", ImageIds=[ami])["Images"]
    if not told:
        raise CloudFault(f"there is no image {ami} in {account.region}")
    image, wanted = told[0], _ARCHITECTURES[hardware.architecture]
    if image.get("Architecture", wanted) != wanted:
        raise UsageError(f"image {ami} is for {image['Architecture']}, and {hardware.name} is {wanted}")
    root = image.get("RootDeviceName") or "/dev/xvda"
    disks = [disk.get("Ebs", {}) for disk in image.get("BlockDeviceMappings", ()) if disk.get("DeviceName") == root]
    return Image(ami, root, max((int(disk.get("VolumeSize", 0)) for disk in disks), default=0))


def _value_of(account: Account, parameter: str) -> str:
    return str(account.ask("ssm", "get_parameter", Name=parameter)["Parameter"]["Value"])


def shared_out(deployment: Deployment, plan: LaunchPlan, hardware: Instance) -> tuple[Accelerators, ...]:
    """The devices of each replica.

    :raises NotAllowed: when they take more than there is.
    :raises UsageError: for as many as there is room for, of what takes up none.
    """
    found, each = hardware.accelerator, plan.accelerators
    if deployment.replicas == "max":
        if not each:
            raise UsageError(f"{deployment.id}: replicas='max' counts devices, and it takes none: give a number")
        count = max(1, hardware.devices // each)
    else:
        count = deployment.replicas
    if not each or found is None:
        return (NONE,) * count
    # a container gets whole ones, of which a server may see several parts
    whole = -(-each // found.parts)
    if whole * count > hardware.count:
        raise NotAllowed(
            f"{deployment.id} takes {whole * count} of {hardware.name}'s accelerators, {whole} for each of {count} "
            f"replicas, and it has {hardware.hardware}"
        )
    kind = inventory.NVIDIA if found.vendor == NVIDIA else inventory.NEURON
    return tuple(Accelerators(kind, tuple(map(str, range(nth * whole, (nth + 1) * whole)))) for nth in range(count))
