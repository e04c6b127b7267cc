"""The rest of EC2 in which moto is wrong: placement groups, tags of what is ours, groups that are in use."""

from __future__ import annotations

from typing import Any

from tests.support.aws import images, reservations, running, spot, zones
from tests.support.aws.asked import ACCOUNT, Asked, Refusal
from tests.support.aws.world import Forward, World


def create_placement_group(world: World, asked: Asked, _: Forward) -> Any:
    """CreatePlacementGroup."""
    name = asked.request["GroupName"]
    if (asked.region, name) in world.placements:
        raise Refusal("InvalidPlacementGroup.Duplicate", f"The placement group '{name}' already exists.")
    made = f"pg-{len(world.placements):017x}"
    specified = asked.request.get("TagSpecifications", ())
    world.placements[asked.region, name] = {
        "GroupName": name,
        "State": "available",
        "Strategy": asked.request.get("Strategy", "cluster"),
        "GroupId": made,
        "GroupArn": f"arn:aws:ec2:{asked.region}:{ACCOUNT}:placement-group/{name}",
        "Tags": [tag for one in specified for tag in one.get("Tags", ())],
    }
    return {"PlacementGroup": world.placements[asked.region, name]}


def describe_placement_groups(world: World, asked: Asked, _: Forward) -> Any:
    """DescribePlacementGroups, by name and by tag."""
    here = running.placement_groups(world, asked.region)
    wanted = asked.request.get("GroupNames")
    for name in wanted or ():
        if name not in here:
            raise Refusal("InvalidPlacementGroup.Unknown", f"The Placement Group '{name}' is unknown.")
    found = [one for one in here.values() if not wanted or one["GroupName"] in wanted]
    for each in asked.request.get("Filters", ()):
        found = [one for one in found if _has(one, each["Name"], each["Values"])]
    return {"PlacementGroups": found}


def delete_placement_group(world: World, asked: Asked, _: Forward) -> Any:
    """DeletePlacementGroup, which nobody may be in."""
    name = asked.request["GroupName"]
    if (asked.region, name) not in world.placements:
        raise Refusal("InvalidPlacementGroup.Unknown", f"The Placement Group '{name}' is unknown.")
    for instance in zones.ec2(asked.region).all_instances():
        if instance.placement.group_name == name and instance.state != "terminated":
            raise Refusal("InvalidPlacementGroup.InUse", f"The placement group '{name}' is in use")
    del world.placements[asked.region, name]
    return {}


def delete_security_group(_: World, asked: Asked, forward: Forward) -> Any:
    """DeleteSecurityGroup, which no interface may be in."""
    backend, name = zones.ec2(asked.region), asked.request.get("GroupId")
    for interface in backend.enis.values():
        if any(group.id == name for group in interface.group_set):
            raise Refusal("DependencyViolation", f"resource {name} has a dependent object")
    return forward({})


def create_tags(world: World, asked: Asked, forward: Forward) -> Any:
    """CreateTags, also of what moto does not know."""
    ours = _ours(world, asked.region)
    wanted = asked.request["Resources"]
    if not ours.keys() & set(wanted):
        return forward({})
    backend, given = zones.ec2(asked.region), {tag["Key"]: tag.get("Value", "") for tag in asked.request["Tags"]}
    theirs = [name for name in wanted if name not in ours]
    backend.do_resources_exist(theirs)
    backend.create_tags(theirs, given)
    for name in ours.keys() & set(wanted):
        kept = {tag["Key"]: tag["Value"] for tag in ours[name]["Tags"]} | given
        ours[name]["Tags"] = [{"Key": key, "Value": value} for key, value in kept.items()]
    return {}


def _ours(world: World, region: str) -> dict[str, dict[str, Any]]:
    found = {one["GroupId"]: one for one in running.placement_groups(world, region).values()}
    return found | {name: one for (there, name), one in world.spot_requests.items() if there == region}


def _has(one: dict[str, Any], name: str, values: list[str]) -> bool:
    tags = {tag["Key"]: tag["Value"] for tag in one["Tags"]}
    if name.startswith("tag:"):
        return tags.get(name[4:]) in values
    if name == "tag-key":
        return bool(tags.keys() & set(values))
    if name == "group-name":
        return one["GroupName"] in values
    raise Refusal("InvalidParameterValue", f"the stand-in has no filter {name} of placement groups")


OPERATIONS = {
    **images.OPERATIONS,
    **reservations.OPERATIONS,
    **running.OPERATIONS,
    **spot.OPERATIONS,
    ("ec2", "CreatePlacementGroup"): create_placement_group,
    ("ec2", "DescribePlacementGroups"): describe_placement_groups,
    ("ec2", "DeletePlacementGroup"): delete_placement_group,
    ("ec2", "DeleteSecurityGroup"): delete_security_group,
    ("ec2", "CreateTags"): create_tags,
}
