"""What ends a thing that costs by itself, should nobody be left to do it: EventBridge Scheduler calls an API.

A *dead-man* is a group of one-time schedules, named after the lease. It is made before what it ends, moved each time
the lease is renewed, and removed last of all. Schedules cannot carry tags; their group does.

Sources: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html (targets
``arn:aws:scheduler:::aws-sdk:SERVICE:apiAction``, whose ``Input`` is the request as JSON),
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html (``at(...)``), and
https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html (which takes the whole schedule).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from pytest_fmbench.errors import CloudFault, CredentialsFault, Gone
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.aws.calls import call
from pytest_fmbench.platforms.aws.tags import EXPIRES, as_list, as_mapping, is_of, tags_of

GROUP = "schedule-group"
"""The kind that a lease notes of it."""

_LONGEST_RETRY_S = 3_600


@dataclass(frozen=True)
class Attempt:
    """A call that is made once a lease has expired.

    :param name: of its schedule, after that of the lease.
    :param service: as boto3 calls it, such as ``"sagemaker"``.
    :param action: as its API calls it, with a small first letter, such as ``"deleteEndpoint"``.
    :param request: of the call.
    :param after_s: how long after the lease's end.
    """

    name: str
    service: str
    action: str
    request: Mapping[str, str]
    after_s: float = 0.0


@dataclass(frozen=True)
class Deadman:
    """The one of a lease.

    :param client: of the ``scheduler`` service, in the region of what it ends.
    :param role: with which EventBridge makes the calls; ``scheduler.amazonaws.com`` must be trusted by it.
    :param partition: of ARNs in that region, such as ``"aws-cn"``.
    """

    client: Any
    role: str
    partition: str = "aws"

    def arm(self, lease: Lease, attempts: Sequence[Attempt]) -> None:
        """Make it; where it is there already, it is moved.

        :raises CredentialsFault: where the caller may not.
        :raises CloudFault: when it cannot be made, as for a role that EventBridge may not take on.
        """
        try:
            call(self.client, "create_schedule_group", Name=lease.name, Tags=as_list(tags_of(lease)))
        except CloudFault as fault:
            if not _is_there(fault) or not self._is_ours(lease):
                raise
        for attempt in attempts:
            self._put(lease, attempt)

    def move(self, lease: Lease, attempts: Sequence[Attempt]) -> None:
        """Have it act at the lease's new end.

        :raises Gone: when there is none; it is not made again, as its lease may be being released.
        :raises CloudFault: when it cannot be moved.
        """
        arn = str(call(self.client, "get_schedule_group", Name=lease.name)["Arn"])
        for attempt in attempts:
            try:
                call(self.client, "update_schedule", **self._schedule(lease, attempt))
            except Gone:  # noqa: PERF203  # it has acted, and in vain, as the lease is still held
                self._put(lease, attempt)
        expiry = as_list({EXPIRES: tags_of(lease)[EXPIRES]})
        call(self.client, "tag_resource", ResourceArn=arn, Tags=expiry)

    def disarm(self, lease: Lease) -> None:
        """Remove it; what is gone, or not ours, is left alone.

        :raises CloudFault: when it cannot be removed, or that cannot be known.
        """
        if not self._is_ours(lease):
            return
        for schedule in self._schedules(lease):  # EventBridge takes its time for those of a group
            self._without("delete_schedule", GroupName=lease.name, Name=schedule)
        self._without("delete_schedule_group", Name=lease.name)

    def _without(self, operation: str, **request: Any) -> None:  # noqa: ANN401  # boto3's
        try:
            call(self.client, operation, **request)
        except Gone:
            return

    def _schedules(self, lease: Lease) -> list[str]:
        page = call(self.client, "list_schedules", GroupName=lease.name)  # far fewer than a page holds
        return [str(one["Name"]) for one in page.get("Schedules", ())]

    def _put(self, lease: Lease, attempt: Attempt) -> None:
        schedule = self._schedule(lease, attempt)
        try:
            call(self.client, "create_schedule", **schedule)
        except CloudFault as fault:
            if not _is_there(fault):
                raise
            call(self.client, "update_schedule", **schedule)

    def _schedule(self, lease: Lease, attempt: Attempt) -> dict[str, Any]:
        return {
            "Name": f"{lease.name}-{attempt.name}",
            "GroupName": lease.name,
            "Description": f"ends the lease {lease.name} of {lease.owner}, should nobody renew it"[:512],
            "ScheduleExpression": f"at({at(lease.expires_s + attempt.after_s)})",
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "State": "ENABLED",
            "Target": {
                "Arn": f"arn:{self.partition}:scheduler:::aws-sdk:{attempt.service}:{attempt.action}",
                "RoleArn": self.role,
                "Input": json.dumps(dict(attempt.request)),
                "RetryPolicy": {"MaximumEventAgeInSeconds": _LONGEST_RETRY_S},
            },
        }

    def _is_ours(self, lease: Lease) -> bool:
        try:
            found = call(self.client, "get_schedule_group", Name=lease.name)
            if found.get("State") == "DELETING":
                return False
            told = call(self.client, "list_tags_for_resource", ResourceArn=found["Arn"])
        except Gone:
            return False
        return is_of(lease, as_mapping(told.get("Tags")))


@dataclass(frozen=True)
class Group:
    """A group of schedules.

    :param arn: of it.
    :param tags: that it carries.
    """

    name: str
    arn: str
    tags: Mapping[str, str]


def groups(client: Any, prefix: str) -> Iterator[Group]:  # noqa: ANN401  # boto3's
    """Every group whose name begins with ``prefix``.

    :raises CloudFault: when they cannot be looked for.
    """
    more: dict[str, Any] = {}
    while True:
        page = call(client, "list_schedule_groups", NamePrefix=prefix, **more)
        for group in page.get("ScheduleGroups", ()):
            if group.get("State") != "DELETING":
                told = call(client, "list_tags_for_resource", ResourceArn=group["Arn"])
                yield Group(str(group["Name"]), str(group["Arn"]), as_mapping(told.get("Tags")))
        if not page.get("NextToken"):
            return
        more = {"NextToken": page["NextToken"]}


def at(epoch_s: float) -> str:
    """A time, as schedules have it; in UTC, to the second."""
    return datetime.fromtimestamp(epoch_s, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


def _is_there(fault: CloudFault) -> bool:
    """EventBridge says so by a code of its own."""
    return not isinstance(fault, (CredentialsFault, Gone)) and "ConflictException" in str(fault)
