"""Machine images: the public parameters that name them, and images that go with those names.

The names are AWS's, the ids made up: the same for a name and region each time.
Sources: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-ami.html,
https://docs.aws.amazon.com/dlami/latest/devguide/find-dlami-id.html,
https://awsdocs-neuron.readthedocs-hosted.com/en/latest/dlami/index.html,
https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from tests.support.aws.asked import Asked, Refusal
from tests.support.aws.world import Forward, World
from tests.support.aws.zones import ec2, types

_PUBLIC = "/aws/service/"
_ARCHITECTURES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "arm64"}
_AMAZON = r"ami-amazon-linux-latest/al2023-ami-(?:minimal-)?kernel-(?:default|6\.1|6\.12)-(x86_64|arm64)"
_UBUNTU = r"canonical/ubuntu/server/(?:22\.04|24\.04|noble|jammy)/stable/current/(amd64|arm64)/hvm/ebs-gp[23]/ami-id"
_GPU = (
    r"deeplearning/ami/(x86_64|arm64)/"
    r"(?:base-oss-nvidia-driver-gpu|base-with-single-cuda|oss-nvidia-driver-gpu-pytorch-2\.\d+)-"
    r"(?:ubuntu-2[24]\.04|amazon-linux-2023)/latest/ami-id"
)
_NEURON = r"neuron/dlami/(?:base|multi-framework|pytorch-2\.\d+)/(?:ubuntu-2[24]\.04|amazon-linux-2023)/latest/image_id"
_NAMES = [re.compile(re.escape(_PUBLIC) + one) for one in (_AMAZON, _UBUNTU, _GPU, _NEURON)]

_KNOWN: dict[str, tuple[str, str]] = {}
"""Name and architecture by id, of what was asked for."""


def get_parameter(world: World, asked: Asked, forward: Forward) -> Any:
    """GetParameter: a public one, or else one of moto's."""
    name = asked.request["Name"]
    if not name.startswith(_PUBLIC):
        return forward({})
    found = _parameter(world, asked, name)
    if found is None:
        raise Refusal("ParameterNotFound", f"Parameter {name} not found.")
    return {"Parameter": found}


def get_parameters(world: World, asked: Asked, forward: Forward) -> Any:
    """GetParameters: likewise, all of one kind."""
    names = asked.request["Names"]
    if not any(name.startswith(_PUBLIC) for name in names):
        return forward({})
    found = {name: _parameter(world, asked, name) for name in names}
    return {
        "Parameters": [one for one in found.values() if one],
        "InvalidParameters": [name for name, one in found.items() if not one],
    }


def image_id(region: str, name: str) -> str | None:
    """The image that a public parameter names; None where AWS has no such parameter."""
    for pattern in _NAMES:
        if found := pattern.fullmatch(name):
            made = "ami-" + hashlib.sha256(f"{region}{name}".encode()).hexdigest()[:17]
            _KNOWN[made] = (name, _ARCHITECTURES[found[1]] if found.groups() else "x86_64")
            return made
    return None


def describe_images(_: World, asked: Asked, forward: Forward) -> Any:
    """DescribeImages: one of those, or else moto's."""
    wanted = asked.request.get("ImageIds", ())
    return {"Images": [_image(one) for one in wanted]} if wanted and set(wanted) <= _KNOWN.keys() else forward({})


def seen(region: str, request: dict[str, Any]) -> None:
    """See that an image is there and runs on the type; one may be named by its parameter.

    :raises Refusal: as AWS does.
    """
    wanted = str(request.get("ImageId", ""))
    if wanted.startswith("resolve:ssm:"):
        found = image_id(region, wanted.removeprefix("resolve:ssm:"))
        if found is None:
            raise Refusal("InvalidParameterValue", f"The SSM parameter of {wanted} does not exist")
        wanted = found
    if not wanted:
        raise Refusal("MissingParameter", "The request must contain the parameter ImageId")
    if wanted in _KNOWN:
        architecture = _KNOWN[wanted][1]
    elif wanted in ec2(region).amis:
        architecture = ec2(region).amis[wanted].architecture
    else:
        raise Refusal("InvalidAMIID.NotFound", f"The image id '[{wanted}]' does not exist")
    named = str(request.get("InstanceType", "m1.small"))
    takes = types()[named]["ProcessorInfo"]["SupportedArchitectures"]
    if architecture not in takes:
        raise Refusal(
            "InvalidParameterValue",
            f"The architecture '{takes[0]}' of the specified instance type does not match the architecture "
            f"'{architecture}' of the specified AMI.",
        )


def _parameter(world: World, asked: Asked, name: str) -> dict[str, Any] | None:
    found = image_id(asked.region, name)
    if found is None:
        return None
    arn = f"arn:aws:ssm:{asked.region}::parameter{name}"
    kind = {"Name": name, "Type": "String", "Value": found, "Version": 1, "ARN": arn}
    return {**kind, "LastModifiedDate": world.now(), "DataType": "aws:ec2:image"}


def _image(wanted: str) -> dict[str, Any]:
    name, architecture = _KNOWN[wanted]
    disk = {"VolumeSize": 100 if "neuron" in name else 75 if "deeplearning" in name else 8, "VolumeType": "gp3"}
    device = "/dev/xvda" if "amazon-linux" in name else "/dev/sda1"
    return {
        "ImageId": wanted,
        "Name": name.removeprefix(_PUBLIC),
        "Architecture": architecture,
        "State": "available",
        "ImageType": "machine",
        "Public": True,
        "OwnerId": "898082745236",
        "ImageOwnerAlias": "amazon",
        "RootDeviceName": device,
        "RootDeviceType": "ebs",
        "VirtualizationType": "hvm",
        "EnaSupport": True,
        "BlockDeviceMappings": [{"DeviceName": device, "Ebs": {**disk, "DeleteOnTermination": True}}],
    }


OPERATIONS = {
    ("ssm", "GetParameter"): get_parameter,
    ("ssm", "GetParameters"): get_parameters,
    ("ec2", "DescribeImages"): describe_images,
}
