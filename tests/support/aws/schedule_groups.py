"""Groups of schedules, which carry the tags that schedules cannot."""

from __future__ import annotations

from typing import Any

from tests.support.aws.asked import ACCOUNT, Asked, Refusal
from tests.support.aws.world import Forward, World

DEFAULT = "default"


def create(world: World, asked: Asked, _: Forward) -> Any:
    """CreateScheduleGroup. The same token is the same group."""
    name, token = asked.request["Name"], asked.request.get("ClientToken")
    there = world.schedule_groups.get((asked.region, name))
    if name == DEFAULT or (there is not None and there["token"] != token):
        raise Refusal("ConflictException", f"Schedule group {name} already exists.", 409)
    if there is None:
        arn = f"arn:aws:scheduler:{asked.region}:{ACCOUNT}:schedule-group/{name}"
        there = {"Arn": arn, "Name": name, "State": "ACTIVE", "token": token}
        world.schedule_groups[asked.region, name] = there | {
            "CreationDate": world.now(),
            "LastModificationDate": world.now(),
        }
        world.tags[arn] = {tag["Key"]: tag["Value"] for tag in asked.request.get("Tags", ())}
    return {"ScheduleGroupArn": there["Arn"]}


def get(world: World, asked: Asked, _: Forward) -> Any:
    """GetScheduleGroup."""
    return _plain(found(world, asked, asked.request["Name"]))


def delete(world: World, asked: Asked, _: Forward) -> Any:
    """DeleteScheduleGroup, with all its schedules; AWS takes its time for that."""
    name = asked.request["Name"]
    del world.tags[found(world, asked, name)["Arn"]]
    del world.schedule_groups[asked.region, name]
    for region, schedule in list(world.schedules):
        if region == asked.region and schedule.startswith(f"{name}/"):
            del world.schedules[region, schedule]
    return {}


def list_all(world: World, asked: Asked, _: Forward) -> Any:
    """ListScheduleGroups, by how names begin."""
    prefix = asked.request.get("NamePrefix", "")
    here = [one for (region, _), one in world.schedule_groups.items() if region == asked.region]
    return {"ScheduleGroups": [_plain(one) for one in here if one["Name"].startswith(prefix)]}


def tag(world: World, asked: Asked, _: Forward) -> Any:
    """TagResource, of a group."""
    tags(world, asked).update({tag["Key"]: tag["Value"] for tag in asked.request["Tags"]})
    return {}


def untag(world: World, asked: Asked, _: Forward) -> Any:
    """UntagResource."""
    for key in asked.request["TagKeys"]:
        tags(world, asked).pop(key, None)
    return {}


def list_tags(world: World, asked: Asked, _: Forward) -> Any:
    """ListTagsForResource."""
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags(world, asked).items()]}


def found(world: World, asked: Asked, name: str) -> dict[str, Any]:
    """One that somebody made.

    :raises Refusal: when it is not there.
    """
    there = world.schedule_groups.get((asked.region, name))
    if there is None:
        raise Refusal("ResourceNotFoundException", f"Schedule group {name} does not exist.", 404)
    return there


def tags(world: World, asked: Asked) -> dict[str, str]:
    """Those of the group that is asked about.

    :raises Refusal: when it is not there.
    """
    arn = asked.request["ResourceArn"]
    if not any(one["Arn"] == arn for one in world.schedule_groups.values()):
        raise Refusal("ResourceNotFoundException", f"{arn} does not exist.", 404)
    return world.tags[arn]


def _plain(one: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in one.items() if key != "token"}


OPERATIONS = {
    ("scheduler", "CreateScheduleGroup"): create,
    ("scheduler", "GetScheduleGroup"): get,
    ("scheduler", "DeleteScheduleGroup"): delete,
    ("scheduler", "ListScheduleGroups"): list_all,
    ("scheduler", "TagResource"): tag,
    ("scheduler", "UntagResource"): untag,
    ("scheduler", "ListTagsForResource"): list_tags,
}
