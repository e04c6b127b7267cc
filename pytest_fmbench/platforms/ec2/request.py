"""What EC2 is asked for when an instance is launched. Pure.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.aws.tags import as_list, tags_of
from pytest_fmbench.platforms.ec2.hardware import Image
from pytest_fmbench.platforms.ec2.settings import BLOCK, SPOT, Wanted
from pytest_fmbench.platforms.ec2.sites import Site

_THROUGHPUT_MIBS = 500
"""Of the disk, as weights are read from it once; within what 3,000 operations a second, which gp3 has, allow."""


@dataclass(frozen=True)
class Made:
    """What was made for the instance before it.

    :param group: id of its security group.
    :param cluster: name of its placement group; empty is none.
    """

    group: str
    cluster: str = ""


def run_request(
    lease: Lease, token: str, wanted: Wanted, *, site: Site, image: Image, made: Made, user_data: bytes
) -> dict[str, Any]:
    """One instance of ``lease``, tagged from its first moment, gone with its disk when it shuts itself down.

    :param token: by which asking twice is asking once.
    """
    tags = as_list(tags_of(lease))
    tagged = ["instance", "volume", "network-interface", *(["spot-instances-request"] if wanted.market == SPOT else [])]
    request: dict[str, Any] = {
        "ClientToken": token,
        "MinCount": 1,
        "MaxCount": 1,
        "InstanceType": wanted.kind,
        "ImageId": image.ami,
        "UserData": user_data,
        "InstanceInitiatedShutdownBehavior": "terminate",
        "NetworkInterfaces": [*_interfaces(wanted, site, made)],
        "BlockDeviceMappings": [_disk(image, wanted.disk_gb)],
        # a token that may travel one hop reaches no container, whose network is another hop
        "MetadataOptions": {
            "HttpEndpoint": "enabled",
            "HttpTokens": "required",
            "HttpPutResponseHopLimit": 1,
            "InstanceMetadataTags": "enabled",
        },
        "TagSpecifications": [{"ResourceType": what, "Tags": tags} for what in tagged],
    }
    if made.cluster:
        request["Placement"] = {"GroupName": made.cluster}
    if wanted.role:
        request["IamInstanceProfile"] = {"Arn" if wanted.role.startswith("arn:") else "Name": wanted.role}
    return request | _market(wanted)


def _market(wanted: Wanted) -> dict[str, Any]:
    if wanted.market == SPOT:
        how = {"SpotInstanceType": "one-time", "InstanceInterruptionBehavior": "terminate"}
        return {"InstanceMarketOptions": {"MarketType": "spot", "SpotOptions": how}}
    if not wanted.reservation:
        return {}
    target = {"CapacityReservationTarget": {"CapacityReservationId": wanted.reservation}}
    block = {"InstanceMarketOptions": {"MarketType": "capacity-block"}} if wanted.market == BLOCK else {}
    return {"CapacityReservationSpecification": target, **block}


def _disk(image: Image, wanted_gb: int) -> dict[str, Any]:
    disk = {
        "VolumeType": "gp3",
        "VolumeSize": max(image.size_gb, wanted_gb),
        "Throughput": _THROUGHPUT_MIBS,
        "Encrypted": True,
        "DeleteOnTermination": True,
    }
    return {"DeviceName": image.root, "Ebs": disk}


def _interfaces(wanted: Wanted, site: Site, made: Made) -> Iterator[dict[str, Any]]:
    """One; with EFA as many as are wanted, each on a card of its own."""
    for card in range(max(1, wanted.efa)):
        yield {
            "DeviceIndex": min(card, 1),
            "SubnetId": site.subnet,
            "Groups": [made.group],
            "DeleteOnTermination": True,
            # where it is not said, the subnet decides
            **({"AssociatePublicIpAddress": True} if wanted.public else {}),
            **({"NetworkCardIndex": card, "InterfaceType": "efa"} if wanted.efa else {}),
        }
