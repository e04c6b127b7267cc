"""Everything there is that somebody made, with its tags: for what is left, and for who looks by tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_fmbench.platforms.aws.tags import LEASE
from tests.support.aws import spot
from tests.support.aws.asked import ACCOUNT, Asked, Refusal
from tests.support.aws.world import Forward, World

_OURS = "fmbench-"
"""In the names of our leases, after which everything of theirs is called, with tags or without."""

_KINDS = {
    "i": "instance",
    "vol": "volume",
    "sg": "security-group",
    "eni": "network-interface",
    "eipalloc": "elastic-ip",
    "snap": "snapshot",
    "ami": "image",
    "lt": "launch-template",
    "key": "key-pair",
    "vpce": "vpc-endpoint",
    "subnet": "subnet",
    "vpc": "vpc",
    "nat": "natgateway",
    "eipassoc": "elastic-ip",
}


@dataclass(frozen=True)
class Thing:
    """Something that was made.

    :param kind: as the tagging API has it, such as ``ec2:instance``.
    :param told: what it is, for people.
    :param ended: it is only still listed; it costs nothing, and goes by itself.
    """

    kind: str
    region: str
    arn: str
    told: str
    tags: Mapping[str, str]
    ended: bool = False


def left(world: World) -> list[str]:
    """What with our tags, or our names where there can be no tags, still costs or lies about."""
    found = [thing for thing in everything(world) if not thing.ended]
    ours = [one for one in found if LEASE in one.tags or _OURS in one.told]
    return sorted(f"{one.kind} {one.told} in {one.region}" for one in ours)


def everything(world: World) -> Iterator[Thing]:
    """All of it, in every region."""
    yield from _of_ec2()
    yield from _of_requests(world)
    yield from _of_sagemaker(world)
    yield from _of_the_rest(world)


def get_resources(world: World, asked: Asked, _: Forward) -> Any:
    """GetResources of the tagging API: what has tags, as the filters choose it."""
    if asked.request.get("ResourceARNList"):
        raise Refusal("InvalidParameterException", "the stand-in chooses by tags and types only")
    kinds, filters = asked.request.get("ResourceTypeFilters", ()), asked.request.get("TagFilters", ())
    found = [
        {"ResourceARN": one.arn, "Tags": [{"Key": key, "Value": value} for key, value in one.tags.items()]}
        for one in everything(world)
        if one.region == asked.region
        and one.tags
        and (not kinds or one.kind in kinds or one.kind.split(":")[0] in kinds)
        and all(_chosen(one.tags, each) for each in filters)
    ]
    first, size = int(asked.request.get("PaginationToken") or 0), asked.request.get("ResourcesPerPage", 100)
    more = str(first + size) if first + size < len(found) else ""
    return {"PaginationToken": more, "ResourceTagMappingList": found[first : first + size]}


def _chosen(tags: Mapping[str, str], each: Mapping[str, Any]) -> bool:
    return each["Key"] in tags and (not each.get("Values") or tags[each["Key"]] in each["Values"])


def _of_ec2() -> Iterator[Thing]:
    from moto.ec2.models import ec2_backends

    for region, backend in list(ec2_backends[ACCOUNT].items()):
        alive = _alive(backend)
        tagged = {name: dict(tags) for name, tags in list(backend.tags.items()) if tags}
        for name in {**dict.fromkeys(alive), **dict.fromkeys(tagged)}:
            kind = _KINDS.get(name.split("-")[0], "something")
            state, told = alive.get(name, ("gone", name))
            if state == "gone" and kind != "something":
                continue  # moto keeps the tags of what it has deleted
            arn = f"arn:aws:ec2:{region}:{ACCOUNT}:{kind}/{name}"
            yield Thing(f"ec2:{kind}", region, arn, told, tagged.get(name, {}), state == "terminated")


def _alive(backend: Any) -> dict[str, tuple[str, str]]:
    """State, and what it is called, by id; the default network is nobody's."""
    found = {one.id: (one.state, f"{one.id} ({one.state})") for one in backend.all_instances()}
    found |= {name: ("", f"{name} ({one.status})") for name, one in backend.volumes.items()}
    found |= {name: ("", name) for name in backend.enis}
    for groups in backend.groups.values():
        found |= {name: ("", f"{name} ({one.name})") for name, one in groups.items() if one.name != "default"}
    found |= {one.allocation_id: ("", one.allocation_id) for one in backend.addresses if one.allocation_id}
    found |= {name: ("", name) for name, one in backend.snapshots.items() if one.owner_id == ACCOUNT}
    found |= {name: ("", name) for name, one in backend.amis.items() if one.owner_id == ACCOUNT}
    found |= {one.id: ("", one.id) for one in backend.key_pairs.values()}
    return found | {name: ("", name) for name in backend.launch_templates}


def _of_requests(world: World) -> Iterator[Thing]:
    for region in {region for region, _ in world.spot_requests}:
        for one in spot.current(world, region):
            name, state = one["SpotInstanceRequestId"], one["State"]
            arn = f"arn:aws:ec2:{region}:{ACCOUNT}:spot-instances-request/{name}"
            ended = state in ("closed", "cancelled", "failed")
            yield Thing("ec2:spot-instances-request", region, arn, f"{name} ({state})", _mapping(one["Tags"]), ended)
    for (region, name), one in world.placements.items():
        yield Thing("ec2:placement-group", region, one["GroupArn"], name, _mapping(one["Tags"]))
    for (region, name), one in world.reservations.items():
        arn, tags = one["CapacityReservationArn"], _mapping(one["Tags"])
        yield Thing("ec2:capacity-reservation", region, arn, name, tags)


def _of_sagemaker(world: World) -> Iterator[Thing]:
    tables = (
        ("endpoint", world.endpoints, "EndpointArn", "EndpointStatus"),
        ("endpoint-config", world.configs, "EndpointConfigArn", ""),
        ("model", world.models, "ModelArn", ""),
        ("inference-component", world.components, "InferenceComponentArn", "InferenceComponentStatus"),
    )
    for kind, table, arn, status in tables:
        for (region, name), one in table.items():
            told = f"{name} ({one[status]})" if status else name
            yield Thing(f"sagemaker:{kind}", region, one[arn], told, world.tags[one[arn]])


def _of_the_rest(world: World) -> Iterator[Thing]:
    for (region, name), there in world.schedules.items():
        yield Thing("scheduler:schedule", region, there["arn"], name, {})
    for (region, name), group in world.schedule_groups.items():
        yield Thing("scheduler:schedule-group", region, group["Arn"], name, world.tags[group["Arn"]])
    for (region, _), one in world.throughputs.items():
        arn = one["provisionedModelArn"]
        yield Thing("bedrock:provisioned-model", region, arn, one["provisionedModelName"], world.tags[arn])
    yield from _of_moto()


def _of_moto() -> Iterator[Thing]:
    """What moto has beside EC2: roles, secrets, parameters, buckets, groups of logs."""
    from moto.iam.models import iam_backends
    from moto.logs.models import logs_backends
    from moto.s3.models import s3_backends
    from moto.secretsmanager.models import secretsmanager_backends

    for region, backend in _backends(iam_backends):
        for role in backend.roles.values():
            yield Thing("iam:role", region, role.arn, role.name, _mapping(role.tags))
        for profile in backend.instance_profiles.values():
            yield Thing("iam:instance-profile", region, profile.arn, profile.name, _mapping(profile.tags))
    for region, backend in _backends(secretsmanager_backends):
        for secret in backend.secrets.values():
            yield Thing("secretsmanager:secret", region, secret.arn, secret.name, _mapping(secret.tags))
    for region, backend in _backends(logs_backends):
        for name, group in backend.groups.items():
            yield Thing("logs:log-group", region, group.arn, name, backend.list_tags_log_group(name))
    for region, backend in _backends(s3_backends):
        for name in backend.buckets:
            arn = f"arn:aws:s3:::{name}"
            yield Thing("s3:bucket", region, arn, name, backend.tagger.get_tag_dict_for_resource(arn))


def _backends(of_service: Any) -> list[tuple[str, Any]]:
    return list(of_service[ACCOUNT].items())


def _mapping(tags: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags or ()}


OPERATIONS = {("resourcegroupstaggingapi", "GetResources"): get_resources}
