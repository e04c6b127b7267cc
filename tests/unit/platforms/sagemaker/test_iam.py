"""The policy in docs/iam lets us do what we do, and nothing to what is not ours."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_fmbench.errors import LaunchError
from pytest_fmbench.model.lease import Resource
from pytest_fmbench.platforms.sagemaker.ending import attempts_of
from tests.support.noted import Noted
from tests.support.sagemaker import deployment, planned, platform, started

if TYPE_CHECKING:
    from tests.support.aws.cloud import Cloud

FOLDER = Path(__file__).parents[4] / "docs" / "iam"
FREE = ("sts:GetCallerIdentity",)
"""Takes no permission."""


def statements(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["Statement"]
    return found


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def actions(name: str) -> set[str]:
    return {action for one in statements(name) for action in listed(one["Action"])}


def test_every_call_that_is_made_is_allowed_and_none_more_of_these_services(cloud: Cloud) -> None:
    book = Noted()
    server = started(platform(book), deployment(type_="ml.g5.12xlarge", replicas=2))
    (lease,) = book.open_ones.values()
    platform(book).renew(lease)
    platform(book).adopt(lease, one := deployment(type_="ml.g5.12xlarge", replicas=2), planned(one), print)
    list(platform(book).strays(["us-east-1"]))
    server.stop()
    cloud.endpoints_become("Failed", "no")
    with pytest.raises(LaunchError):
        started(platform(Noted()), deployment())
    made = {f"{call.service}:{call.operation}" for call in cloud.calls}
    assert made - {*FREE} <= actions("sagemaker")
    elsewhere = {  # made by the load, by telemetry, for JumpStart, where a log is there, or by AWS on our behalf
        *("sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream", "cloudwatch:GetMetricData"),
        *("sagemaker:DescribeHubContent", "logs:GetLogEvents", "iam:PassRole", "scheduler:UpdateSchedule"),
    }
    assert actions("sagemaker") - made <= elsewhere


def test_the_dead_mans_role_may_do_what_it_is_for_and_no_more() -> None:
    book = Noted()
    lease = book.open(deployment(), "sagemaker", {}, None)
    lease = book.note(lease, Resource("inference_component", lease.name))
    wanted = {f"{one.service}:{one.action[:1].upper()}{one.action[1:]}" for one in attempts_of(lease)}
    assert wanted == actions("sagemaker-deadman")


@pytest.mark.parametrize("name", ["sagemaker", "sagemaker-deadman"])
def test_nothing_is_deleted_or_made_without_our_tag(name: str) -> None:
    for one in statements(name):
        verbs = {action.partition(":")[2] for action in listed(one["Action"]) if action.startswith("sagemaker:")}
        if any(verb.startswith(("Create", "Delete")) for verb in verbs):
            (condition,) = one["Condition"]["StringLike"].items()
            assert condition in (
                ("aws:RequestTag/fmbench-lease", "fmbench-*"),
                ("aws:ResourceTag/fmbench-lease", "fmbench-*"),
            )
            assert all(fnmatchcase(resource, "arn:aws:sagemaker:*:*:*/fmbench-*") for resource in one["Resource"])


def test_roles_are_handed_to_the_services_that_need_them_alone() -> None:
    handed = [one for one in statements("sagemaker") if one["Action"] == "iam:PassRole"]
    assert [one["Condition"]["StringEquals"]["iam:PassedToService"] for one in handed] == [
        "sagemaker.amazonaws.com",
        "scheduler.amazonaws.com",
    ]
    assert all("*" not in one["Resource"].rpartition("/")[2] for one in handed)
