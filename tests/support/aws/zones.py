"""Regions, zones, and which instance types are offered there: moto's copy of what AWS says."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.support.aws.asked import ACCOUNT, Asked, Refusal


def ec2(region: str) -> Any:
    """Moto's EC2 of a region."""
    from moto.ec2.models import ec2_backends

    return ec2_backends[ACCOUNT][region]


@cache
def zones_of(region: str) -> tuple[str, ...]:
    """The zones of a region, in order."""
    return tuple(sorted({zone.name for zone in ec2(region).describe_availability_zones()}))


@cache
def types() -> dict[str, dict[str, Any]]:
    """Every instance type that moto knows, as AWS describes it."""
    from moto.ec2.models.instance_types import INSTANCE_TYPES

    return dict(INSTANCE_TYPES)


@cache
def offered(region: str, instance_type: str) -> tuple[str, ...]:
    """The zones of a region in which a type is offered, in order."""
    from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS

    listed = INSTANCE_TYPE_OFFERINGS["availability-zone"].get(region, ())
    return tuple(sorted(one["Location"] for one in listed if one["InstanceType"] == instance_type))


def zone_of(asked: Asked) -> str:
    """Where a call would make instances; empty where nobody can say.

    Where the caller leaves it to AWS, it is the first zone in which the type is offered.
    """
    request = asked.request
    zone = request.get("Placement", {}).get("AvailabilityZone") or request.get("AvailabilityZone")
    interfaces = request.get("NetworkInterfaces") or [{}]
    subnet = request.get("SubnetId") or interfaces[0].get("SubnetId")
    if subnet:
        return str(_subnet(asked.region, subnet).availability_zone)
    if zone:
        return str(zone)
    there = offered(asked.region, str(request.get("InstanceType", "")))
    return there[0] if there else ""


def _subnet(region: str, name: str) -> Any:
    for subnets in ec2(region).subnets.values():
        if name in subnets:
            return subnets[name]
    raise Refusal("InvalidSubnetID.NotFound", f"The subnet ID '{name}' does not exist")


def seen(region: str, request: dict[str, Any]) -> None:
    """See that a type and a zone are known and go together.

    :raises Refusal: as AWS does.
    """
    wanted = str(request.get("InstanceType", "m1.small"))
    if wanted not in types():
        raise Refusal("InvalidParameterValue", f"Invalid value '{wanted}' for InstanceType.")
    zone = zone_of(Asked("ec2", "RunInstances", region, request))
    if zone and zone not in zones_of(region):
        raise Refusal("InvalidParameterValue", f"Invalid availability zone: [{zone}]")
    there = offered(region, wanted)
    if not there:
        raise Refusal("Unsupported", f"The requested configuration is currently not supported: no {wanted} in {region}")
    if zone not in there:
        raise Refusal(
            "Unsupported",
            f"Your requested instance type ({wanted}) is not supported in your requested Availability Zone ({zone}). "
            f"Please retry your request by not specifying an Availability Zone or choosing {', '.join(there)}.",
        )
