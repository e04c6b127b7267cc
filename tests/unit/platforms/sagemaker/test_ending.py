"""What ends an endpoint when nobody is left to do it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_fmbench.clock import wall_s
from pytest_fmbench.errors import CloudFault, Gone
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.aws.clients import client
from pytest_fmbench.platforms.aws.deadman import Attempt, Deadman, at, groups
from tests.support.noted import NOW_S, Noted
from tests.support.sagemaker import DEADMAN, deployment, platform, started

if TYPE_CHECKING:
    from tests.support.aws.cloud import Cloud


def only_lease(book: Noted) -> Lease:
    (lease,) = book.open_ones.values()
    return lease


def test_a_time_is_written_as_schedules_have_it() -> None:
    assert at(NOW_S) == "2026-09-21T14:13:20"


def test_schedules_say_whom_to_call_when_with_what_and_go_afterwards(cloud: Cloud) -> None:
    book = Noted()
    started(platform(book), deployment())
    lease, requests = only_lease(book), cloud.calls_of("CreateSchedule")
    assert [one["ScheduleExpression"] for one in requests] == [
        f"at({at(lease.expires_s + later)})" for later in (0, 1_800, 7_200)
    ]
    first = requests[0]
    assert (first["GroupName"], first["Name"]) == (lease.name, f"{lease.name}-deleteEndpoint-1")
    assert (first["ScheduleExpressionTimezone"], first["ActionAfterCompletion"]) == ("UTC", "DELETE")
    assert first["Target"]["Arn"] == "arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint"
    assert first["Target"]["RoleArn"] == DEADMAN
    assert json.loads(first["Target"]["Input"]) == {"EndpointName": lease.name}


def test_a_component_is_ended_before_its_endpoint(cloud: Cloud) -> None:
    started(platform(Noted()), deployment(type_="ml.g5.12xlarge", replicas=2))
    targets = [one["Target"]["Arn"].rpartition(":")[2] for one in cloud.calls_of("CreateSchedule")]
    assert targets == ["deleteInferenceComponent"] * 3 + ["deleteEndpoint"] * 3


def test_when_everybody_is_lost_the_endpoint_ends_and_the_rest_is_found(cloud: Cloud) -> None:
    book = Noted(begin_s=wall_s())
    started(platform(book), deployment(type_="ml.g5.12xlarge", replicas=2))
    cloud.pass_time(1_700)
    assert len([line for line in cloud.left() if "endpoint fmbench" in line]) == 1
    cloud.pass_time(10_000)
    left = cloud.left()
    assert not [line for line in left if "endpoint fmbench" in line or "component" in line], "what costs is gone"
    (found,) = platform(None).strays(["us-east-1"])
    platform(None).release(found, print)
    assert cloud.left() == []


def test_an_endpoint_that_is_still_being_made_then_is_ended_later(cloud: Cloud) -> None:
    def lost(_: float) -> None:
        raise KeyboardInterrupt

    cloud.endpoints_become("InService", after=1)
    book = Noted(begin_s=wall_s() - 1_800)
    with pytest.raises(KeyboardInterrupt):
        started(platform(book, lost), deployment())
    cloud.pass_time(0)  # which also settles what is being made
    cloud.pass_time(8_000)
    assert not [line for line in cloud.left() if "endpoint fmbench" in line]


def test_renewing_moves_it_and_what_the_tags_tell(cloud: Cloud) -> None:
    book = Noted(begin_s=wall_s())
    made = platform(book)
    started(made, deployment())
    later = replace(only_lease(book), expires_s=only_lease(book).expires_s + 3_600)
    made.renew(later)
    cloud.pass_time(3_000)
    assert len([line for line in cloud.left() if "endpoint fmbench" in line]) == 1
    (found,) = made.strays(["us-east-1"])
    assert found.expires_s == int(later.expires_s)
    (group,) = groups(client("scheduler", "us-east-1"), "fmbench-")
    assert group.tags["fmbench-expires"] == str(int(later.expires_s))
    cloud.pass_time(3_000)
    assert not [line for line in cloud.left() if "endpoint fmbench" in line]


def test_a_released_lease_gets_no_dead_man_again_by_a_renewal_that_comes_late(cloud: Cloud) -> None:
    book = Noted()
    made = platform(book)
    server = started(made, deployment())
    lease = only_lease(book)
    server.stop()
    with pytest.raises(Gone):
        made.renew(lease)
    assert cloud.left() == []


def test_without_one_only_the_tags_are_moved(cloud: Cloud) -> None:
    book = Noted()
    made = platform(book, scheduler_role="")
    started(made, deployment())
    made.renew(only_lease(book))
    assert len(cloud.calls_of("AddTags")) == 3
    assert [call.operation for call in cloud.calls if call.service == "scheduler"] == []


def test_a_role_that_eventbridge_may_not_take_on_stops_the_start_before_anything_costs(cloud: Cloud) -> None:
    cloud.fault("CreateSchedule", "ValidationException", status=400, times=None)
    book = Noted()
    with pytest.raises(CloudFault, match="create_schedule: ValidationException"):
        started(platform(book), deployment())
    assert cloud.calls_of("CreateModel") == []
    assert (cloud.left(), book.open_ones) == ([], {})


def test_made_twice_it_is_one(cloud: Cloud) -> None:
    lease = Noted().open(deployment(), "sagemaker", {"region": "us-east-1"}, None)
    deadman = Deadman(client("scheduler", "us-east-1"), DEADMAN)
    attempts = [Attempt("end", "sagemaker", "deleteEndpoint", {"EndpointName": lease.name})]
    deadman.arm(lease, attempts)
    deadman.arm(replace(lease, expires_s=lease.expires_s + 60), attempts)
    assert len([line for line in cloud.left() if line.startswith("scheduler:schedule ")]) == 1
    assert cloud.calls_of("UpdateSchedule")[-1]["ScheduleExpression"] == f"at({at(lease.expires_s + 60)})"
    deadman.disarm(lease)
    deadman.disarm(lease)
    assert cloud.left() == []
