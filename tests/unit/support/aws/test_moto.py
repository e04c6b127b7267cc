"""Canaries: where moto is wrong, or knows less than AWS. One that fails tells that a mend of ours may go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

REGION = "us-east-1"
RUN = {"ImageId": "ami-12345678", "InstanceType": "m5.large", "MinCount": 1, "MaxCount": 1}


@pytest.fixture(autouse=True)
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


def of(service: str) -> Any:
    return boto3.client(service, region_name=REGION)


def test_a_token_used_twice_runs_two_instances() -> None:
    first, second = (of("ec2").run_instances(**RUN, ClientToken="same")["Instances"][0] for _ in range(2))
    assert first["InstanceId"] != second["InstanceId"]


def test_images_and_types_that_nobody_has_are_run() -> None:
    made = of("ec2").run_instances(**RUN | {"ImageId": "ami-0000dead", "InstanceType": "g999.huge"})["Instances"][0]
    assert made["InstanceType"] == "g999.huge"


def test_tags_of_interfaces_are_dropped() -> None:
    tags = [{"ResourceType": "network-interface", "Tags": [{"Key": "a", "Value": "b"}]}]
    of("ec2").run_instances(**RUN, TagSpecifications=tags)
    assert not any(one["TagSet"] for one in of("ec2").describe_network_interfaces()["NetworkInterfaces"])


def test_a_group_is_deleted_while_an_instance_is_in_it() -> None:
    group = of("ec2").create_security_group(GroupName="g", Description="d")["GroupId"]
    of("ec2").run_instances(**RUN, SecurityGroupIds=[group])
    of("ec2").delete_security_group(GroupId=group)


def test_sagemaker_takes_no_newer_type_and_an_endpoint_serves_at_once() -> None:
    sagemaker = of("sagemaker")
    sagemaker.create_model(ModelName="m", PrimaryContainer={"Image": "i"}, ExecutionRoleArn="arn:aws:iam::1:role/r")
    variant = {"VariantName": "v", "ModelName": "m", "InitialInstanceCount": 1}
    with pytest.raises(sagemaker.exceptions.ClientError, match="enum value set"):
        sagemaker.create_endpoint_config(
            EndpointConfigName="c", ProductionVariants=[variant | {"InstanceType": "ml.g6e.2xlarge"}]
        )
    old = variant | {"InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[old])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")  # which AWS refuses
    assert sagemaker.describe_endpoint(EndpointName="e")["EndpointStatus"] == "InService"


@pytest.mark.parametrize(
    ("service", "method", "request_"),
    [
        ("ec2", "describe_capacity_reservations", {}),
        ("ec2", "describe_placement_groups", {}),
        ("bedrock", "list_inference_profiles", {}),
        ("pricing", "get_products", {"ServiceCode": "AmazonEC2"}),
        ("sagemaker", "list_inference_components", {}),
        ("service-quotas", "list_service_quotas", {"ServiceCode": "ec2"}),
    ],
)
def test_what_moto_has_not(service: str, method: str, request_: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=r"not been implemented|[Nn]ot yet implemented|404|Could not connect|amazonaws"):
        getattr(of(service), method)(**request_)
