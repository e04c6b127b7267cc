"""Capacity that is reserved, and blocks of it that are paid for: to be used, and never bought here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.support.aws import zones
from tests.support.aws.asked import ACCOUNT, Asked, Refusal
from tests.support.aws.world import Forward, World


def reserved(world: World, region: str, instance_type: str, zone: str, count: int, *, block: bool) -> str:
    """Have a reservation, which somebody made; its id."""
    name = f"cr-{len(world.reservations):017x}"
    world.reservations[region, name] = {
        "CapacityReservationId": name,
        "OwnerId": ACCOUNT,
        "CapacityReservationArn": f"arn:aws:ec2:{region}:{ACCOUNT}:capacity-reservation/{name}",
        "InstanceType": instance_type,
        "InstancePlatform": "Linux/UNIX",
        "AvailabilityZone": zone,
        "Tenancy": "default",
        "TotalInstanceCount": count,
        "AvailableInstanceCount": count,
        "State": "active",
        "StartDate": world.now(),
        "EndDate": world.now() + timedelta(days=1),
        "EndDateType": "limited" if block else "unlimited",
        "InstanceMatchCriteria": "targeted",
        "CreateDate": world.now(),
        "ReservationType": "capacity-block" if block else "default",
        "Tags": [],
    }
    return name


def take(world: World, asked: Asked) -> None:
    """See that the reservation that is targeted is there and has room.

    :raises Refusal: as AWS does.
    """
    name = _targeted(asked.request)
    block = asked.request.get("InstanceMarketOptions", {}).get("MarketType") == "capacity-block"
    if not name:
        if block:
            raise Refusal("InvalidParameterCombination", "A capacity block is run in by its reservation's id")
        return
    found = world.reservations.get((asked.region, name))
    if found is None:
        raise Refusal("InvalidCapacityReservationId.NotFound", f"The capacity reservation '{name}' does not exist")
    if block != (found["ReservationType"] == "capacity-block"):
        raise Refusal("InvalidParameterCombination", f"{name} and the market type do not go together")
    zone = zones.zone_of(asked)
    if (found["InstanceType"], found["AvailabilityZone"]) != (asked.request.get("InstanceType"), zone):
        raise Refusal("InvalidParameterValue", f"{name} is of {found['InstanceType']} in {found['AvailabilityZone']}")
    if found["AvailableInstanceCount"] < asked.request.get("MinCount", 1):
        raise Refusal("ReservationCapacityExceeded", f"{name} has no room")


def note(world: World, asked: Asked, instance: Any) -> None:
    """One more runs in it."""
    found = world.reservations.get((asked.region, _targeted(asked.request)))
    if found:
        instance.capacity_reservation_id = found["CapacityReservationId"]
        found["AvailableInstanceCount"] -= 1
        world.in_reservations[instance.id] = found


def give_back(world: World, instance: str) -> None:
    """It runs there no more."""
    found = world.in_reservations.pop(instance, None)
    if found:
        found["AvailableInstanceCount"] += 1


def describe(world: World, asked: Asked, _: Forward) -> Any:
    """DescribeCapacityReservations, by ids and by the filters that are asked for most."""
    wanted = asked.request.get("CapacityReservationIds")
    here = [one for (region, _), one in world.reservations.items() if region == asked.region]
    known = {one["CapacityReservationId"] for one in here}
    for name in wanted or ():
        if name not in known:
            raise Refusal("InvalidCapacityReservationId.NotFound", f"The capacity reservation '{name}' does not exist")
    found = [one for one in here if not wanted or one["CapacityReservationId"] in wanted]
    for each in asked.request.get("Filters", ()):
        key = "".join(part.title() for part in each["Name"].split("-"))
        found = [one for one in found if str(one.get(key)) in each["Values"]]
    return {"CapacityReservations": found}


def describe_blocks(world: World, asked: Asked, _: Forward) -> Any:
    """DescribeCapacityBlocks: one a reservation of that kind."""
    here = [one for (region, _), one in world.reservations.items() if region == asked.region]
    blocks = [
        {
            "CapacityBlockId": one["CapacityReservationId"].replace("cr-", "cb-"),
            "AvailabilityZone": one["AvailabilityZone"],
            "CapacityReservationIds": [one["CapacityReservationId"]],
            "StartDate": one["StartDate"],
            "EndDate": one["EndDate"],
            "CreateDate": one["CreateDate"],
            "State": "active",
        }
        for one in here
        if one["ReservationType"] == "capacity-block"
    ]
    wanted = asked.request.get("CapacityBlockIds")
    return {"CapacityBlocks": [one for one in blocks if not wanted or one["CapacityBlockId"] in wanted]}


def _targeted(request: dict[str, Any]) -> str:
    target = request.get("CapacityReservationSpecification", {}).get("CapacityReservationTarget", {})
    return str(target.get("CapacityReservationId", ""))


OPERATIONS = {
    ("ec2", "DescribeCapacityReservations"): describe,
    ("ec2", "DescribeCapacityBlocks"): describe_blocks,
}
