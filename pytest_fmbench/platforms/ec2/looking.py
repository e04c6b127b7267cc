"""What is there: found by tags, so that it is found whatever was written down of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_fmbench.errors import Gone
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.aws.tags import LEASE, SESSION, as_mapping, is_of
from pytest_fmbench.platforms.ec2.account import Account

INSTANCE, GROUP, CLUSTER = "instance", "security-group", "placement-group"
GONE_STATES = ("shutting-down", "terminated")
"""Of an instance that costs no more."""


@dataclass(frozen=True)
class Kind:
    """A kind of resource beside instances, and how EC2 is asked about it.

    :param key: of its list in an answer.
    :param identity: key of what is shown as its id.
    :param named_by: key of that by which it is deleted.
    """

    name: str
    describe: str
    key: str
    identity: str
    delete: str
    named_by: str


KINDS = (
    Kind(
        "network-interface",
        "describe_network_interfaces",
        "NetworkInterfaces",
        "NetworkInterfaceId",
        "delete_network_interface",
        "NetworkInterfaceId",
    ),
    Kind("volume", "describe_volumes", "Volumes", "VolumeId", "delete_volume", "VolumeId"),
    Kind(GROUP, "describe_security_groups", "SecurityGroups", "GroupId", "delete_security_group", "GroupId"),
    Kind(CLUSTER, "describe_placement_groups", "PlacementGroups", "GroupId", "delete_placement_group", "GroupName"),
)
"""In the order in which they can be deleted, once the instances are gone."""

Filters = Sequence[dict[str, Any]]


def of_lease(lease: Lease) -> Filters:
    """What finds all that carries the tags of ``lease``."""
    return [{"Name": f"tag:{LEASE}", "Values": [lease.name]}, {"Name": f"tag:{SESSION}", "Values": [lease.session]}]


def of_anybody() -> Filters:
    """What finds all that carries tags of any lease."""
    return [{"Name": "tag-key", "Values": [LEASE]}]


def instances(account: Account, filters: Filters) -> Iterator[dict[str, Any]]:
    """Those that ``filters`` find, also some that have been terminated within the last hour."""
    for reservation in account.each("describe_instances", "Reservations", Filters=[*filters]):
        yield from reservation["Instances"]


def instance(account: Account, identity: str) -> dict[str, Any]:
    """The one with this id.

    :raises Gone: when there is none, or none yet: what was made a second ago need not be seen everywhere.
    """
    for reservation in account.each("describe_instances", "Reservations", InstanceIds=[identity]):
        for found in reservation["Instances"]:
            return dict(found)
    raise Gone(f"there is no instance {identity} in {account.region}")


def instances_of(account: Account, lease: Lease) -> list[dict[str, Any]]:
    """All of ``lease``: by its tags, and by the ids that it names, as one of both may be seen before the other."""
    found = {one["InstanceId"]: one for one in instances(account, of_lease(lease))}
    for resource in lease.resources:
        if resource.kind == INSTANCE and resource.identity.startswith("i-") and resource.identity not in found:
            try:
                found[resource.identity] = instance(account, resource.identity)
            except Gone:
                continue
    return [one for one in found.values() if is_of(lease, tags_on(one))]


def others_of(account: Account, kind: Kind, lease: Lease) -> list[dict[str, Any]]:
    """What ``lease`` has of another kind."""
    told = account.each(kind.describe, kind.key, Filters=[*of_lease(lease)])
    return [one for one in told if is_of(lease, tags_on(one))]


def tags_on(found: dict[str, Any]) -> dict[str, str]:
    """What something carries; interfaces call theirs otherwise."""
    return as_mapping(found.get("Tags") or found.get("TagSet"))


def state_of(found: dict[str, Any]) -> str:
    """An instance's."""
    return str(found["State"]["Name"])


def reason_of(found: dict[str, Any]) -> str:
    """Why an instance is in its state, as EC2 says it; empty where it says nothing."""
    told = found.get("StateReason") or {}
    return str(told.get("Message") or told.get("Code") or found.get("StateTransitionReason") or "")
