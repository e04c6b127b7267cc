"""EC2 where moto is mended."""

from __future__ import annotations

import gzip
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_fmbench.platforms.aws.clients import client
from pytest_fmbench.platforms.aws.tags import EXPIRES
from tests.support.aws.cloud import Cloud
from tests.unit.support.aws.requests import LEASED, REGION, described, image, launched, run

pytestmark = pytest.mark.lasting


def test_a_token_runs_once_and_only_for_the_same(cloud: Cloud, ec2: Any) -> None:
    assert launched() == launched()
    assert launched(ClientToken="token-2") != launched()
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        launched(InstanceType="g6.xlarge")
    ec2.terminate_instances(InstanceIds=[launched()])
    assert described(launched())["State"]["Name"] == "terminated"
    assert len(cloud.left()) == 3  # of the other: instance, volume, interface


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ImageId": "ami-0123456789abcdef0"}, "InvalidAMIID.NotFound"),
        ({"InstanceType": "g999.huge"}, "InvalidParameterValue"),
        ({"InstanceType": "c7g.xlarge"}, "does not match the architecture"),
        ({"Placement": {"AvailabilityZone": "us-east-1z"}}, "InvalidParameterValue"),
        ({"Placement": {"AvailabilityZone": "us-east-1e"}}, "Unsupported"),
        ({"Placement": {"GroupName": "no-such"}}, "InvalidPlacementGroup.Unknown"),
        ({"SubnetId": "subnet-0123"}, "InvalidSubnetID.NotFound"),
        ({"UserData": "#!/bin/sh\n" + "#" * 16_384}, "limited to 16384 bytes"),
        ({"TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a/b", "Value": ""}]}]}, "valid tag key"),
    ],
)
def test_what_aws_refuses_is_refused(cloud: Cloud, changed: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError, match=code):
        launched(**changed)
    assert cloud.left() == []


def test_where_no_zone_is_asked_for_there_is_one_that_has_the_type(cloud: Cloud) -> None:
    launched(InstanceType="p4d.24xlarge")
    launched(ClientToken="arm", InstanceType="c7g.xlarge", ImageId=image("arm64"))
    assert cloud.problems == []


@pytest.mark.parametrize(
    ("name", "architecture"),
    [
        ("deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id", "x86_64"),
        ("deeplearning/ami/arm64/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id", "arm64"),
        ("neuron/dlami/base/amazon-linux-2023/latest/image_id", "x86_64"),
        ("canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id", "arm64"),
    ],
)
def test_public_parameters_name_images(cloud: Cloud, ec2: Any, name: str, architecture: str) -> None:  # noqa: ARG001
    ssm = client("ssm", REGION)
    found = ssm.get_parameter(Name=f"/aws/service/{name}")["Parameter"]["Value"]
    (described_,) = ec2.describe_images(ImageIds=[found])["Images"]
    assert (described_["Architecture"], described_["State"]) == (architecture, "available")
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name="/aws/service/deeplearning/ami/x86_64/no-such/latest/ami-id")


def test_a_group_and_a_placement_go_only_when_nobody_is_in_them(cloud: Cloud, ec2: Any) -> None:
    tags = [{"Key": key, "Value": value} for key, value in LEASED.items()]
    specified = [{"ResourceType": "placement-group", "Tags": tags}]
    ec2.create_placement_group(GroupName="fmbench-lease-1", Strategy="cluster", TagSpecifications=specified)
    made = ec2.create_security_group(
        GroupName="fmbench-lease-1",
        Description="d",
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
    )["GroupId"]
    instance = launched(Placement={"GroupName": "fmbench-lease-1"}, SecurityGroupIds=[made])
    assert described(instance)["Placement"]["GroupName"] == "fmbench-lease-1"
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=made)
    with pytest.raises(ClientError, match=r"InvalidPlacementGroup\.InUse"):
        ec2.delete_placement_group(GroupName="fmbench-lease-1")
    ec2.terminate_instances(InstanceIds=[instance])
    assert len(cloud.left()) == 2
    ec2.delete_security_group(GroupId=made)
    ec2.delete_placement_group(GroupName="fmbench-lease-1")
    assert cloud.left() == []


def test_a_reservation_has_so_much_room_and_a_block_is_named(cloud: Cloud, ec2: Any) -> None:
    name = cloud.reserve("g5.xlarge", "us-east-1b")
    target = {"CapacityReservationSpecification": {"CapacityReservationTarget": {"CapacityReservationId": name}}}
    there = {**target, "Placement": {"AvailabilityZone": "us-east-1b"}}
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        launched(**target)
    first = launched(**there)
    with pytest.raises(ClientError, match="ReservationCapacityExceeded"):
        launched(ClientToken="token-2", **there)
    ec2.terminate_instances(InstanceIds=[first])
    launched(ClientToken="token-2", **there)
    block = cloud.reserve("p5.48xlarge", "us-east-1b", block=True)
    found = ec2.describe_capacity_reservations(CapacityReservationIds=[block])["CapacityReservations"]
    assert [one["ReservationType"] for one in found] == ["capacity-block"]
    assert ec2.describe_capacity_blocks()["CapacityBlocks"][0]["CapacityReservationIds"] == [block]


def test_spot_is_taken_back(cloud: Cloud, ec2: Any) -> None:
    tags = [{"Key": key, "Value": value} for key, value in LEASED.items()]
    kinds = ("instance", "volume", "network-interface", "spot-instances-request")
    specified = [{"ResourceType": kind, "Tags": tags} for kind in kinds]
    instance = launched(
        TagSpecifications=specified,
        InstanceMarketOptions={"MarketType": "spot", "SpotOptions": {"SpotInstanceType": "one-time"}},
    )
    (asked,) = ec2.describe_spot_instance_requests(Filters=[{"Name": "instance-id", "Values": [instance]}])[
        "SpotInstanceRequests"
    ]
    assert (asked["State"], asked["Status"]["Code"]) == ("active", "fulfilled")
    assert described(instance)["InstanceLifecycle"] == "spot"
    cloud.interrupt(instance)
    assert described(instance)["StateReason"]["Code"] == "Server.SpotInstanceTermination"
    (asked,) = ec2.describe_spot_instance_requests()["SpotInstanceRequests"]
    assert (asked["State"], asked["Status"]["Code"]) == ("closed", "instance-terminated-no-capacity")
    assert cloud.left() == []


def test_dead_men_go_by_their_tag(cloud: Cloud, ec2: Any) -> None:
    instance = launched()
    ec2.create_tags(Resources=[instance], Tags=[{"Key": EXPIRES, "Value": str(int(time.time()) + 3600)}])
    cloud.pass_time(1800)
    assert described(instance)["State"]["Name"] == "running"
    cloud.pass_time(1900)
    assert described(instance)["State"]["Name"] == "terminated"
    assert described(instance)["StateReason"]["Code"] == "Client.InstanceInitiatedShutdown"
    assert cloud.left() == []


def test_what_only_stops_is_left(cloud: Cloud) -> None:
    instance = launched(InstanceInitiatedShutdownBehavior="stop", MetadataOptions={"HttpTokens": "required"})
    cloud.pass_time(599)
    assert described(instance)["State"]["Name"] == "running"
    cloud.pass_time(2)  # as armed, since its metadata do not tell its tags
    assert described(instance)["State"]["Name"] == "stopped"
    assert any("stopped" in one for one in cloud.left())


def test_user_data_may_be_packed(cloud: Cloud) -> None:
    packed = gzip.compress(b"#!/bin/sh\nexport FMBENCH_PORT=8123\n")
    assert cloud.machine(launched(UserData=packed)).port == 8123


def test_a_dry_run_makes_nothing(cloud: Cloud, ec2: Any) -> None:
    with pytest.raises(ClientError, match="DryRunOperation"):
        ec2.run_instances(**run(DryRun=True))
    assert cloud.left() == []
