"""Spot requests of instances that RunInstances made; moto has none for those."""

from __future__ import annotations

from typing import Any

from tests.support.aws import zones
from tests.support.aws.asked import Asked, Refusal
from tests.support.aws.world import Forward, World

INTERRUPTED = "Server.SpotInstanceTermination"


def note(world: World, asked: Asked, instance: Any, tags: dict[str, str]) -> None:
    """The request behind a spot instance."""
    options = asked.request.get("InstanceMarketOptions", {})
    if options.get("MarketType") != "spot":
        return
    name = f"sir-{len(world.spot_requests):08x}"
    instance.spot_instance_request_id = name
    kind = options.get("SpotOptions", {}).get("SpotInstanceType", "one-time")
    world.spot_requests[asked.region, name] = {
        "SpotInstanceRequestId": name,
        "InstanceId": instance.id,
        "Type": kind,
        "State": "active",
        "CreateTime": world.now(),
        "ProductDescription": "Linux/UNIX",
        "LaunchedAvailabilityZone": instance.placement.zone,
        "InstanceInterruptionBehavior": options.get("SpotOptions", {}).get("InstanceInterruptionBehavior", "terminate"),
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }


def current(world: World, region: str) -> list[dict[str, Any]]:
    """The requests of a region, with what has become of them: one for once ends with its instance."""
    return [_current(one, there) for (there, _), one in world.spot_requests.items() if there == region]


def describe(world: World, asked: Asked, _: Forward) -> Any:
    """DescribeSpotInstanceRequests, by id, by tag and by the usual filters."""
    wanted, found = asked.request.get("SpotInstanceRequestIds"), current(world, asked.region)
    for name in wanted or ():
        if (asked.region, name) not in world.spot_requests:
            raise Refusal(
                "InvalidSpotInstanceRequestID.NotFound", f"The spot instance request ID '{name}' does not exist"
            )
    if wanted:
        found = [one for one in found if one["SpotInstanceRequestId"] in wanted]
    for each in asked.request.get("Filters", ()):
        found = [one for one in found if _has(one, each["Name"], each["Values"])]
    return {"SpotInstanceRequests": found}


def cancel(world: World, asked: Asked, _: Forward) -> Any:
    """CancelSpotInstanceRequests; the instance runs on."""
    cancelled = []
    for name in asked.request["SpotInstanceRequestIds"]:
        found = world.spot_requests.get((asked.region, name))
        if found is None:
            raise Refusal(
                "InvalidSpotInstanceRequestID.NotFound", f"The spot instance request ID '{name}' does not exist"
            )
        found["State"] = "cancelled"
        cancelled.append({"SpotInstanceRequestId": name, "State": "cancelled"})
    return {"CancelledSpotInstanceRequests": cancelled}


def _current(one: dict[str, Any], region: str) -> dict[str, Any]:
    instance = zones.ec2(region).get_instance(one["InstanceId"])
    ended = instance.state in ("terminated", "shutting-down")
    taken = instance.state_reason is not None and instance.state_reason.code == INTERRUPTED
    code = "instance-terminated-no-capacity" if taken else "instance-terminated-by-user" if ended else "fulfilled"
    state = one["State"]
    if ended and state == "active":
        state = "closed" if one["Type"] == "one-time" else "open"
    return {**one, "State": state, "Status": {"Code": code, "Message": code, "UpdateTime": one["CreateTime"]}}


def _has(one: dict[str, Any], name: str, values: list[str]) -> bool:
    tags = {tag["Key"]: tag["Value"] for tag in one["Tags"]}
    if name.startswith("tag:"):
        return tags.get(name[4:]) in values
    if name == "tag-key":
        return bool(tags.keys() & set(values))
    known = {"instance-id": "InstanceId", "state": "State", "spot-instance-request-id": "SpotInstanceRequestId"}
    if name not in known:
        raise Refusal("InvalidParameterValue", f"the stand-in has no filter {name} of spot requests")
    return one[known[name]] in values


OPERATIONS = {
    ("ec2", "DescribeSpotInstanceRequests"): describe,
    ("ec2", "CancelSpotInstanceRequests"): cancel,
}
