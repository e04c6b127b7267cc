"""Instances: run once for a token, refused where AWS refuses, booted, and ended."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from tests.support.aws import images, reservations, spot, zones
from tests.support.aws.answering import answered
from tests.support.aws.asked import Asked, Refusal
from tests.support.aws.boots import Machine
from tests.support.aws.world import Forward, World

LONGEST_USER_DATA = 16_384
_KEY_IN_METADATA = re.compile(r"[A-Za-z0-9+\-=._:@,]+")


def run_instances(world: World, asked: Asked, forward: Forward) -> Any:
    """RunInstances. A token that was used is answered as before, or refused when something else is asked with it."""
    request, key = asked.request, (asked.region, str(asked.request.get("ClientToken", "")))
    if key[1] and key in world.tokens:
        before, answer = world.tokens[key]
        if before != request:
            raise Refusal(
                "IdempotentParameterMismatch",
                "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
            )
        return answer
    _see(world, asked)
    answer = forward(_completed(asked))
    if answer.status != 200:
        return answer
    reservation = next(reversed(zones.ec2(asked.region).reservations.values()))
    for instance in reservation.instances:
        _make(world, asked, instance)
    answer = answered(asked, reservation)
    if key[1]:
        world.tokens[key] = (request, answer)
    return answer


def end_instances(world: World, asked: Asked, forward: Forward) -> Any:
    """TerminateInstances and StopInstances: what was booted ends too."""
    answer = forward({})
    if answer.status == 200 and not asked.request.get("DryRun"):
        for name in asked.request["InstanceIds"]:
            world.boots.end(name)
            reservations.give_back(world, name)
    return answer


def console(world: World, asked: Asked, forward: Forward) -> Any:
    """GetConsoleOutput: what the boot has written."""
    name = asked.request["InstanceId"]
    if name not in world.boots.machines:
        return forward({})
    text = world.boots.machines[name].console()
    return {"InstanceId": name, "Timestamp": world.now(), "Output": base64.b64encode(text[-65_536:]).decode()}


def shut_down(world: World, machine: Machine, why: str = "Client.InstanceInitiatedShutdown") -> None:
    """The machine has shut itself down, or was taken away: then it is terminated, or stopped, as it was made to be."""
    from moto.ec2.models.instances import StateReason

    instance = zones.ec2(machine.region).get_instance(machine.name)
    if instance.state in ("running", "pending"):
        taken = why != "Client.InstanceInitiatedShutdown"
        ends = taken or instance.instance_initiated_shutdown_behavior == "terminate"
        (instance.terminate if ends else instance.stop)()
        instance.state_reason = StateReason(f"{why}: the stand-in says so", why)
    world.boots.end(machine.name)
    reservations.give_back(world, machine.name)


def _see(world: World, asked: Asked) -> None:
    """See that AWS would take it.

    :raises Refusal: as AWS does.
    """
    request = asked.request
    zones.seen(asked.region, request)
    images.seen(asked.region, request)
    _see_user_data(request)
    if request.get("MetadataOptions", {}).get("InstanceMetadataTags") == "enabled":
        for key in _tags(request, "instance"):
            if not _KEY_IN_METADATA.fullmatch(key) or key in (".", "..", "_index"):
                raise Refusal("InvalidParameterValue", f"'{key}' is not a valid tag key for instance metadata")
    _see_placement(world, asked)
    if not request.get("DryRun"):
        reservations.take(world, asked)


def _see_placement(world: World, asked: Asked) -> None:
    named = asked.request.get("Placement", {}).get("GroupName")
    if named and named not in placement_groups(world, asked.region):
        raise Refusal("InvalidPlacementGroup.Unknown", f"The Placement Group '{named}' is unknown.")


def placement_groups(world: World, region: str) -> dict[str, dict[str, Any]]:
    """Those of a region, by name."""
    return {name: one for (there, name), one in world.placements.items() if there == region}


def _see_user_data(request: dict[str, Any]) -> None:
    try:
        size = len(base64.b64decode(request.get("UserData", ""), validate=True))
    except binascii.Error:
        raise Refusal("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.") from None
    if size > LONGEST_USER_DATA:
        raise Refusal("InvalidParameterValue", f"User data is limited to {LONGEST_USER_DATA} bytes")


def _completed(asked: Asked) -> dict[str, str]:
    """The zone that AWS would choose, where the caller does not."""
    request = asked.request
    zone = zones.zone_of(asked)
    says = request.get("SubnetId") or any("SubnetId" in one for one in request.get("NetworkInterfaces", ()))
    return {} if says or not zone else {"Placement.AvailabilityZone": zone}


def _make(world: World, asked: Asked, instance: Any) -> None:
    """What moto leaves out: an address on which something answers, tags, spot requests; then it boots."""
    request = asked.request
    address = world.boots.address()
    primary = instance.nics[0]
    primary.private_ip_address = address
    primary.private_ip_addresses[0]["PrivateIpAddress"] = address
    if primary.public_ip:
        primary.public_ip = address
    for interface in instance.nics.values():
        interface.delete_on_termination = True  # as AWS does where nobody says otherwise
        interface.add_tags(_tags(request, "network-interface"))
    if group := request.get("Placement", {}).get("GroupName"):
        instance.placement.group_name = group
    spot.note(world, asked, instance, _tags(request, "spot-instances-request"))
    reservations.note(world, asked, instance)
    tagged = request.get("MetadataOptions", {}).get("InstanceMetadataTags") == "enabled"
    data = base64.b64decode(request.get("UserData", ""))
    machine = Machine(instance.id, asked.region, address, data, instance.get_tags, tagged)
    world.boots.boot(machine)


def _tags(request: dict[str, Any], kind: str) -> dict[str, str]:
    specified = [one for one in request.get("TagSpecifications", ()) if one.get("ResourceType") == kind]
    return {tag["Key"]: tag.get("Value", "") for one in specified for tag in one.get("Tags", ())}


OPERATIONS = {
    ("ec2", "RunInstances"): run_instances,
    ("ec2", "TerminateInstances"): end_instances,
    ("ec2", "StopInstances"): end_instances,
    ("ec2", "GetConsoleOutput"): console,
}
