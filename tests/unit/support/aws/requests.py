"""Requests that AWS would take."""

from __future__ import annotations

import time
from typing import Any

from pytest_fmbench.platforms.aws.clients import client
from pytest_fmbench.platforms.aws.tags import EXPIRES, LEASE

REGION = "us-east-1"
EXPIRY = str(int(time.time()) + 600)
LEASED = {LEASE: "fmbench-lease-1", "Name": "fmbench-lease-1"}
ROLE = "arn:aws:iam::123456789012:role/runs"


def image(architecture: str = "x86_64") -> str:
    name = f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"
    return str(client("ssm", REGION).get_parameter(Name=name)["Parameter"]["Value"])


def run(**changed: Any) -> dict[str, Any]:
    """Parameters of RunInstances, tagged as ours are."""
    tags = [{"Key": key, "Value": value} for key, value in (LEASED | {EXPIRES: EXPIRY}).items()]
    request = {
        "ImageId": image(),
        "InstanceType": "g5.xlarge",
        "MinCount": 1,
        "MaxCount": 1,
        "ClientToken": "token-1",
        "InstanceInitiatedShutdownBehavior": "terminate",
        "MetadataOptions": {"HttpTokens": "required", "InstanceMetadataTags": "enabled"},
        "TagSpecifications": [
            {"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume", "network-interface")
        ],
        "UserData": "#!/bin/bash\nshutdown -h +10\nexport FMBENCH_PORT=8000\n# reads fmbench-expires\n",
    }
    return {key: value for key, value in (request | changed).items() if value is not None}


def launched(**changed: Any) -> str:
    """The id of an instance that was run."""
    return str(client("ec2", REGION).run_instances(**run(**changed))["Instances"][0]["InstanceId"])


def described(instance: str) -> dict[str, Any]:
    found = client("ec2", REGION).describe_instances(InstanceIds=[instance])
    return dict(found["Reservations"][0]["Instances"][0])


def hosted(name: str = "fmbench-lease-1", kind: str = "ml.g6e.2xlarge") -> None:
    """An endpoint that is being made, tagged as ours are."""
    tags = [{"Key": key, "Value": value} for key, value in LEASED.items()]
    sagemaker = client("sagemaker", REGION)
    container = {"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/lmi:1", "Environment": {"A": "b"}}
    sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE, Tags=tags)
    variant = {"VariantName": "all", "ModelName": name, "InstanceType": kind, "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], Tags=tags)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=tags)


def scheduled(name: str, at_s: float, **changed: Any) -> dict[str, Any]:
    """Parameters of a schedule that deletes the endpoint of that name."""
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_s))
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint",
        "RoleArn": ROLE,
        "Input": f'{{"EndpointName": "{name}"}}',
    }
    asked = {"Name": name, "ScheduleExpression": f"at({at})", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
    return asked | {"ActionAfterCompletion": "DELETE"} | changed
