"""EventBridge Scheduler: one-time schedules, which fire when this world's time has come."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.aws import schedule_groups
from tests.support.aws.asked import ACCOUNT, Asked, Refusal
from tests.support.aws.world import Forward, World

_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)")
_TARGET = re.compile(r"arn:aws:scheduler:::aws-sdk:([a-z0-9-]+):([a-zA-Z]+)")
_ROLE = re.compile(r"arn:aws:iam::\d{12}:role/[\w+=,.@/-]+")
_DEFAULTS = {"GroupName": "default", "ScheduleExpressionTimezone": "UTC", "State": "ENABLED"}

Do = Callable[[str, str, str, dict[str, Any]], None]
"""Asks AWS for (service, method of boto3, region, parameters) in the name of a schedule's role."""


def create(world: World, asked: Asked, _: Forward) -> Any:
    """CreateSchedule. The same token and the same parameters are the same schedule."""
    key, facts = _key(asked), _facts(asked)
    if facts["GroupName"] != schedule_groups.DEFAULT:
        schedule_groups.found(world, asked, facts["GroupName"])
    there = world.schedules.get(key)
    if there is not None:
        if asked.request.get("ClientToken") != there["token"] or facts != there["facts"]:
            raise Refusal("ConflictException", f"Schedule {asked.request['Name']} already exists.", 409)
        return {"ScheduleArn": there["arn"]}
    group, name = key[1].split("/")
    arn = f"arn:aws:scheduler:{asked.region}:{ACCOUNT}:schedule/{group}/{name}"
    token, now = asked.request.get("ClientToken"), world.now()
    world.schedules[key] = {"facts": facts, "token": token, "arn": arn, "made": now, "changed": now}
    return {"ScheduleArn": arn}


def update(world: World, asked: Asked, _: Forward) -> Any:
    """UpdateSchedule, which replaces all: what is not given is as if it never had been."""
    there = _found(world, asked)
    there["facts"], there["changed"] = _facts(asked), world.now()
    return {"ScheduleArn": there["arn"]}


def get(world: World, asked: Asked, _: Forward) -> Any:
    """GetSchedule."""
    there = _found(world, asked)
    dates = {"CreationDate": there["made"], "LastModificationDate": there["changed"]}
    return {**there["facts"], "Arn": there["arn"], **dates}


def delete(world: World, asked: Asked, _: Forward) -> Any:
    """DeleteSchedule."""
    _found(world, asked)
    del world.schedules[_key(asked)]
    return {}


def list_all(world: World, asked: Asked, _: Forward) -> Any:
    """ListSchedules, of a group and by how names begin."""
    request, found = asked.request, []
    for (region, _name), there in world.schedules.items():
        facts = there["facts"]
        chosen = request.get("GroupName") in (None, facts["GroupName"]) and request.get("State") in (
            None,
            facts["State"],
        )
        if region == asked.region and chosen and facts["Name"].startswith(request.get("NamePrefix", "")):
            summary = {key: facts[key] for key in ("Name", "GroupName", "State")}
            dates = {"CreationDate": there["made"], "LastModificationDate": there["changed"]}
            found.append({**summary, **dates, "Arn": there["arn"], "Target": {"Arn": facts["Target"]["Arn"]}})
    return {"Schedules": found}


def fire(world: World, do: Do) -> None:
    """Have those that are due do what they are for; each fires once, and goes if it is to."""
    due = [key for key, there in world.schedules.items() if due_s(there["facts"]) <= world.now_s()]
    for key in sorted(due, key=lambda one: due_s(world.schedules[one]["facts"])):
        facts = world.schedules[key]["facts"]
        if facts["State"] != "ENABLED" or world.schedules[key].get("fired"):
            continue
        world.schedules[key]["fired"] = True
        target = _TARGET.fullmatch(facts["Target"]["Arn"])
        assert target is not None  # it was seen when the schedule was made
        do(target[1], _snake(target[2]), key[0], json.loads(facts["Target"].get("Input", "{}")))
        if facts.get("ActionAfterCompletion") == "DELETE":
            del world.schedules[key]


def due_s(facts: dict[str, Any]) -> float:
    """When it is, in seconds since the epoch."""
    found = _AT.fullmatch(facts["ScheduleExpression"])
    assert found is not None  # it was seen when the schedule was made
    zone = (
        timezone.utc if facts["ScheduleExpressionTimezone"] == "UTC" else ZoneInfo(facts["ScheduleExpressionTimezone"])
    )
    return datetime.fromisoformat(found[1]).replace(tzinfo=zone).timestamp()


def _key(asked: Asked) -> tuple[str, str]:
    return asked.region, f"{asked.request.get('GroupName', 'default')}/{asked.request['Name']}"


def _found(world: World, asked: Asked) -> dict[str, Any]:
    there = world.schedules.get(_key(asked))
    if there is None:
        raise Refusal("ResourceNotFoundException", f"Schedule {asked.request['Name']} does not exist.", 404)
    return there


def _facts(asked: Asked) -> dict[str, Any]:
    """What a schedule is, seen to be one.

    :raises Refusal: as AWS does, or where the stand-in would not know what to do when it is due.
    """
    facts = _DEFAULTS | {key: value for key, value in asked.request.items() if key != "ClientToken"}
    if not _AT.fullmatch(facts["ScheduleExpression"]):
        raise Refusal("ValidationException", f"Invalid Schedule Expression {facts['ScheduleExpression']}.")
    if not _TARGET.fullmatch(facts["Target"]["Arn"]):
        raise Refusal("ValidationException", f"{facts['Target']['Arn']} is not a target that the stand-in can call")
    if not _ROLE.fullmatch(facts["Target"]["RoleArn"]):
        raise Refusal("ValidationException", "The execution role you provide must be the ARN of an IAM role")
    try:
        json.loads(facts["Target"].get("Input", "{}"))
    except ValueError:
        raise Refusal("ValidationException", "Invalid Input: it is no JSON") from None
    return facts


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


OPERATIONS = {
    **schedule_groups.OPERATIONS,
    ("scheduler", "CreateSchedule"): create,
    ("scheduler", "UpdateSchedule"): update,
    ("scheduler", "GetSchedule"): get,
    ("scheduler", "DeleteSchedule"): delete,
    ("scheduler", "ListSchedules"): list_all,
}
