"""SageMaker's hosting, its dead-men, and Bedrock's control plane."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_fmbench.platforms.aws.clients import client
from tests.support.aws.cloud import Cloud
from tests.unit.support.aws.requests import LEASED, REGION, hosted, scheduled

pytestmark = pytest.mark.lasting

NAME = "fmbench-lease-1"
IN_PROGRESS = "Cannot update in-progress endpoint"


def status(sagemaker: Any) -> str:
    return str(sagemaker.describe_endpoint(EndpointName=NAME)["EndpointStatus"])


def gone(sagemaker: Any) -> bool:
    try:
        return not sagemaker.describe_endpoint(EndpointName=NAME)
    except ClientError as error:
        return "Could not find endpoint" in str(error)


def test_an_endpoint_takes_its_time(cloud: Cloud, sagemaker: Any) -> None:
    cloud.endpoints_become("InService", after=2)
    hosted()
    with pytest.raises(ClientError, match="Cannot create already existing"):
        sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
    with pytest.raises(ClientError, match=IN_PROGRESS):
        sagemaker.delete_endpoint(EndpointName=NAME)
    assert [status(sagemaker) for _ in range(3)] == ["Creating", "Creating", "InService"]
    sagemaker.delete_endpoint(EndpointName=NAME)
    assert [status(sagemaker) for _ in range(2)] == ["Deleting"] * 2
    assert gone(sagemaker)
    assert len(cloud.left()) == 2


def test_an_endpoint_fails_with_a_reason(cloud: Cloud, sagemaker: Any) -> None:
    cloud.endpoints_become("Failed", "The primary container did not pass the ping health check")
    hosted()
    found = sagemaker.describe_endpoint(EndpointName=NAME)
    assert (found["EndpointStatus"], found["FailureReason"][:20]) == ("Failed", "The primary containe")
    sagemaker.delete_endpoint(EndpointName=NAME)
    sagemaker.delete_endpoint_config(EndpointConfigName=NAME)
    sagemaker.delete_model(ModelName=NAME)
    assert cloud.left() == []


def test_types_that_nobody_has_are_refused(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="enum value set"):
        hosted(kind="ml.g999.huge")
    assert cloud.left() == [f"sagemaker:model {NAME} in {REGION}"]


def test_tags_can_be_listed_and_replaced(cloud: Cloud, sagemaker: Any) -> None:  # noqa: ARG001
    hosted()
    arn = sagemaker.describe_endpoint(EndpointName=NAME)["EndpointArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "Name", "Value": "other"}])
    assert {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]} == LEASED | {
        "Name": "other"
    }


def test_components_live_on_an_endpoint(cloud: Cloud, sagemaker: Any) -> None:
    hosted()
    asked = {
        "InferenceComponentName": "fmbench-lease-2",
        "EndpointName": NAME,
        "VariantName": "all",
        "Specification": {"ModelName": NAME, "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024}},
        "RuntimeConfig": {"CopyCount": 1},
    }
    with pytest.raises(ClientError, match="not InService"):
        sagemaker.create_inference_component(**asked)
    status(sagemaker)
    sagemaker.create_inference_component(**asked)
    found = sagemaker.describe_inference_component(InferenceComponentName="fmbench-lease-2")
    assert found["InferenceComponentStatus"] == "InService"
    assert sagemaker.list_inference_components(EndpointNameEquals=NAME)["InferenceComponents"]
    with pytest.raises(ClientError, match="hosts inference components"):
        sagemaker.delete_endpoint(EndpointName=NAME)
    sagemaker.delete_inference_component(InferenceComponentName="fmbench-lease-2")
    sagemaker.delete_endpoint(EndpointName=NAME)
    assert len(cloud.left()) == 2


def test_a_schedule_deletes_an_endpoint_once_its_time_has_come(cloud: Cloud, sagemaker: Any) -> None:
    scheduler, now_s = client("scheduler", REGION), time.time()
    first = scheduled(NAME, now_s + 600, ClientToken="token")
    assert scheduler.create_schedule(**first) == scheduler.create_schedule(**first) | {}
    with pytest.raises(scheduler.exceptions.ConflictException):
        scheduler.create_schedule(**scheduled(NAME, now_s + 601, ClientToken="token"))
    hosted()
    cloud.pass_time(500)
    scheduler.update_schedule(**scheduled(NAME, now_s + 1200))
    cloud.pass_time(500)
    assert status(sagemaker) == "InService"
    cloud.pass_time(500)
    assert gone(sagemaker)
    assert not scheduler.list_schedules(NamePrefix="fmbench-")["Schedules"]
    assert cloud.unheard == []


def test_a_group_of_schedules_carries_tags_and_goes_with_them(cloud: Cloud) -> None:
    scheduler, at_s = client("scheduler", REGION), time.time() + 600
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
        scheduler.create_schedule(**scheduled("s", at_s, GroupName="g"))
    tags = [{"Key": key, "Value": value} for key, value in LEASED.items()]
    arn = scheduler.create_schedule_group(Name="g", Tags=tags)["ScheduleGroupArn"]
    scheduler.create_schedule(**scheduled("s", at_s, GroupName="g"))
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == tags
    assert [one["State"] for one in scheduler.list_schedule_groups(NamePrefix="g")["ScheduleGroups"]] == ["ACTIVE"]
    assert cloud.left() == [f"scheduler:schedule-group g in {REGION}"]
    with pytest.raises(scheduler.exceptions.ConflictException):
        scheduler.create_schedule_group(Name="g")
    scheduler.delete_schedule_group(Name="g")
    assert not scheduler.list_schedules()["Schedules"]
    assert cloud.left() == []


def test_an_update_of_a_schedule_replaces_all(cloud: Cloud) -> None:  # noqa: ARG001
    scheduler, at_s = client("scheduler", REGION), time.time() + 600
    scheduler.create_schedule(**scheduled("s", at_s, Description="d"))
    scheduler.update_schedule(**scheduled("s", at_s))
    assert "Description" not in scheduler.get_schedule(Name="s")
    scheduler.delete_schedule(Name="s")
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
        scheduler.get_schedule(Name="s")


def test_a_schedule_that_cannot_do_it_is_not_heard(cloud: Cloud) -> None:
    client("scheduler", REGION).create_schedule(**scheduled("s", time.time() + 1))
    cloud.pass_time(2)
    assert "Could not find endpoint" in cloud.unheard[0]
    assert cloud.calls_of("DeleteEndpoint") == []


def test_bedrock_has_profiles_and_throughput(cloud: Cloud) -> None:
    bedrock = client("bedrock", REGION)
    listed = bedrock.list_inference_profiles()["inferenceProfileSummaries"]
    one = bedrock.get_inference_profile(inferenceProfileIdentifier=listed[0]["inferenceProfileArn"])
    assert one["inferenceProfileId"] == listed[0]["inferenceProfileId"]
    asked = {
        "provisionedModelName": NAME,
        "modelId": "amazon.nova-lite-v1:0",
        "modelUnits": 1,
        "clientRequestToken": "token",
        "tags": [{"key": key, "value": value} for key, value in LEASED.items()],
    }
    arn = bedrock.create_provisioned_model_throughput(**asked)["provisionedModelArn"]
    assert bedrock.create_provisioned_model_throughput(**asked)["provisionedModelArn"] == arn
    assert bedrock.get_provisioned_model_throughput(provisionedModelId=arn)["status"] == "InService"
    assert cloud.left() == [f"bedrock:provisioned-model {NAME} in {REGION}"]
    bedrock.delete_provisioned_model_throughput(provisionedModelId=arn)
    assert cloud.left() == []
