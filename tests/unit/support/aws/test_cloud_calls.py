"""How calls are noted, checked, and let go wrong."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from moto.core.utils import get_service_model

from pytest_fmbench.errors import CredentialsFault, NoCapacity
from pytest_fmbench.platforms.aws.calls import call
from pytest_fmbench.platforms.aws.clients import client
from tests.support.aws.cloud import Cloud
from tests.unit.support.aws.requests import REGION, described, hosted, launched, run, scheduled

pytestmark = pytest.mark.lasting

LOST = (ConnectionClosedError, EndpointConnectionError)


def code_of(caught: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    told = caught.value.response
    return str(told["Error"]["Code"]), int(told["ResponseMetadata"]["HTTPStatusCode"])


def instances(ec2: Any) -> list[str]:
    return [one["InstanceId"] for found in ec2.describe_instances()["Reservations"] for one in found["Instances"]]


def test_each_call_is_noted_as_its_model_spells_it(cloud: Cloud, ec2: Any) -> None:
    ec2.describe_instances(Filters=[{"Name": "tag-key", "Values": ["a"]}])
    client("scheduler", "us-west-2").create_schedule(**scheduled("s", time.time() + 60))
    client("sts", REGION).get_caller_identity()
    assert [(one.service, one.operation, one.region) for one in cloud.calls] == [
        ("ec2", "DescribeInstances", REGION),
        ("scheduler", "CreateSchedule", "us-west-2"),
        ("sts", "GetCallerIdentity", REGION),
    ]
    assert cloud.calls_of("DescribeInstances") == [{"Filters": [{"Name": "tag-key", "Values": ["a"]}]}]
    assert cloud.calls_of("CreateSchedule")[0]["Name"] == "s"


@pytest.mark.parametrize(
    ("service", "method", "request_", "problem"),
    [
        ("ec2", "run_instances", {"MinCount": 1}, 'Missing required parameter in input: "MaxCount"'),
        ("ec2", "stop_instances", {"InstanceIds": ["i-1"], "Forse": True}, "unknown parameter Forse"),
        ("ec2", "create_placement_group", {"GroupName": "a", "Strategy": "near"}, "none of cluster, spread, partition"),
        ("sagemaker", "create_model", {"ModelName": "no_such!name"}, "does not match"),
        ("sagemaker", "list_models", {"Nonsense": 1}, "unknown parameter input.Nonsense"),
        ("sagemaker", "delete_model", {"ModelName": "m" * 64}, "is 64 long, and may be 63"),
    ],
)
def test_what_aws_would_not_take_is_a_problem_of_the_test(
    cloud: Cloud, service: str, method: str, request_: dict[str, Any], problem: str
) -> None:
    unchecked = _unchecked(service, method, request_)
    with pytest.raises(ClientError, match="ValidationException"):
        unchecked()
    assert any(problem in one for one in cloud.problems), cloud.problems
    cloud.problems.clear()


def _unchecked(service: str, method: str, request: dict[str, Any]) -> Any:
    """The call by a client that checks nothing, and knows what AWS does not."""
    from boto3.session import Session

    made = Session().client(service, region_name=REGION, config=Config(parameter_validation=False))
    operation = made.meta.method_to_api_mapping[method]
    shape = made.meta.service_model.operation_model(operation).input_shape
    text = (
        get_service_model(service).shape_for("String")
        if service == "ec2"
        else shape.members["NameContains" if method == "list_models" else "ModelName"]
    )
    for name in request.keys() - shape.members.keys():
        shape.members[name] = text
    return lambda: getattr(made, method)(**request)


def test_before_after_and_lost(cloud: Cloud, ec2: Any) -> None:
    cloud.fault("RunInstances", "InternalError", when="before")
    with pytest.raises(ClientError) as caught:
        ec2.run_instances(**run())
    assert (code_of(caught), instances(ec2)) == (("InternalError", 500), [])
    cloud.fault("RunInstances", "ServiceUnavailable", when="after", status=503)
    with pytest.raises(ClientError) as caught:
        ec2.run_instances(**run())
    assert code_of(caught) == ("ServiceUnavailable", 503)
    assert len(instances(ec2)) == 1
    cloud.fault("RunInstances", when="lost")
    with pytest.raises(LOST):
        ec2.run_instances(**run(ClientToken="token-2"))
    assert len(instances(ec2)) == 2
    assert launched(ClientToken="token-2") in instances(ec2)
    assert len(instances(ec2)) == 2


def test_a_fault_hits_what_matches_and_as_often_as_it_is_to(cloud: Cloud, ec2: Any) -> None:
    zone = {"AvailabilityZone": "us-east-1a"}
    cloud.fault(
        "RunInstances", "InsufficientInstanceCapacity", times=None, zone="us-east-1a", instance_type="g5.xlarge"
    )
    for _ in range(2):
        with pytest.raises(NoCapacity):
            call(ec2, "run_instances", **run(Placement=zone))
    launched(Placement={"AvailabilityZone": "us-east-1b"})
    launched(ClientToken="token-2", InstanceType="g6.xlarge", Placement=zone)
    cloud.fault("DescribeInstances", "RequestLimitExceeded", status=503, times=3)
    call(ec2, "describe_instances", sleep=lambda _: None)
    assert len(cloud.calls_of("DescribeInstances")) == 4


def test_credentials_expire_and_the_network_is_cut(cloud: Cloud, ec2: Any) -> None:
    cloud.expire_credentials()
    for service, method in (
        ("ec2", "describe_instances"),
        ("sts", "get_caller_identity"),
        ("sagemaker", "list_models"),
    ):
        with pytest.raises(CredentialsFault):
            call(client(service, REGION), method)
    cloud.behave()
    ec2.describe_instances()
    cloud.cut()
    cut = [cloud.is_cut]
    with pytest.raises(LOST):
        ec2.describe_instances()
    cloud.behave()
    cut.append(cloud.is_cut)
    ec2.describe_instances()
    assert cut == [True, False]


def test_something_happens_meanwhile_and_the_call_is_answered_as_ever(cloud: Cloud, ec2: Any) -> None:
    cloud.meanwhile("*", 1, cloud.cut)
    ec2.describe_instances()
    ec2.describe_instances()
    with pytest.raises(LOST):
        ec2.describe_instances()
    assert len(cloud.calls) == 2


def test_schedules_fire_though_our_network_is_cut(cloud: Cloud) -> None:
    hosted("fmbench-lease-1")
    cloud.pass_time(1)
    client("scheduler", REGION).create_schedule(**scheduled("fmbench-lease-1", time.time() + 60))
    cloud.cut()
    cloud.pass_time(120)
    assert cloud.unheard == []
    assert not [one for one in cloud.left() if one.startswith("sagemaker:endpoint ")]


def test_a_call_hangs_until_the_caller_gives_up(cloud: Cloud) -> None:
    from boto3.session import Session

    once = Config(read_timeout=0.2, retries={"total_max_attempts": 1})
    cloud.hang("DescribeInstances")
    with pytest.raises(ReadTimeoutError):
        Session().client("ec2", region_name=REGION, config=once).describe_instances()


def test_misbehaving_is_drawn_by_its_seed(cloud: Cloud, ec2: Any) -> None:
    def told() -> str:
        try:
            ec2.describe_instances()
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        except LOST:
            return "lost"
        return "answered"

    cloud.misbehave(7, 0.5)
    first = [told() for _ in range(20)]
    cloud.behave()
    assert told() == "answered"
    assert 4 < first.count("answered") < 16
    assert len(set(first)) > 3


def test_what_goes_wrong_by_our_fault_is_a_problem_too(cloud: Cloud, ec2: Any) -> None:
    with pytest.raises(ClientError):
        ec2.purchase_capacity_block(CapacityBlockOfferingId="o", InstancePlatform="Linux/UNIX")
    assert "PurchaseCapacityBlock" in cloud.problems[0]
    cloud.problems.clear()


def test_described_is_what_was_run(cloud: Cloud) -> None:
    found = described(launched())
    assert cloud.calls_of("RunInstances")[0]["InstanceType"] == found["InstanceType"] == "g5.xlarge"
