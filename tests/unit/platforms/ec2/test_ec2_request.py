from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from pytest_fmbench.platforms.aws.tags import as_list, tags_of
from pytest_fmbench.platforms.ec2.hardware import Image
from pytest_fmbench.platforms.ec2.request import Made, run_request
from pytest_fmbench.platforms.ec2.settings import wanted_of
from pytest_fmbench.platforms.ec2.sites import Site
from tests.support.ec2 import HERE, LEASE, deployment

SITE, IMAGE = Site("us-east-1a", "subnet-1", "vpc-1"), Image("ami-1", "/dev/xvda", 75)
EVERY = (
    HERE,
    "",
    "market=spot",
    "market=reservation:cr-0a",
    "market=block:cr-0a",
    "instance_role=serving&placement=cluster",
    f"efa=4&{HERE}",
    "access=ssm",
)


def request(settings: str = HERE, made: Made | None = None) -> dict[str, Any]:
    wanted = wanted_of(deployment(settings), {})
    return run_request(
        LEASE, "fmbench-0123-1", wanted, site=SITE, image=IMAGE, made=made or Made("sg-1"), user_data=b"#!/bin/bash\n"
    )


@pytest.mark.parametrize("settings", EVERY)
def test_each_is_one_that_ec2_s_own_model_takes(settings: str) -> None:
    from botocore.session import get_session
    from botocore.validate import ParamValidator

    shape = get_session().get_service_model("ec2").operation_model("RunInstances").input_shape
    asked = request(settings, Made("sg-1", "fmbench-0123"))
    asked["UserData"] = b64encode(asked["UserData"]).decode()  # as boto3 does
    assert ParamValidator().validate(asked, shape).generate_report() == ""
    assert {*asked} <= {*shape.members}


@pytest.mark.parametrize("settings", EVERY)
def test_each_is_of_the_lease_and_ends_with_the_instance(settings: str) -> None:
    asked = request(settings)
    assert (asked["MinCount"], asked["MaxCount"], asked["ClientToken"]) == (1, 1, "fmbench-0123-1")
    assert asked["InstanceInitiatedShutdownBehavior"] == "terminate"
    assert asked["MetadataOptions"] == {
        "HttpEndpoint": "enabled",
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 1,
        "InstanceMetadataTags": "enabled",
    }
    (disk,) = asked["BlockDeviceMappings"]
    assert (disk["Ebs"]["Encrypted"], disk["Ebs"]["DeleteOnTermination"], disk["Ebs"]["VolumeType"]) == (
        True,
        True,
        "gp3",
    )
    assert all(one["DeleteOnTermination"] and one["Groups"] == ["sg-1"] for one in asked["NetworkInterfaces"])
    tagged = {one["ResourceType"]: one["Tags"] for one in asked["TagSpecifications"]}
    assert {"instance", "volume", "network-interface"} <= {*tagged}
    assert all(tags == as_list(tags_of(LEASE)) for tags in tagged.values())


def test_a_spot_instance_is_asked_for_once_and_ends_when_it_is_taken_back() -> None:
    asked = request("market=spot")
    assert asked["InstanceMarketOptions"] == {
        "MarketType": "spot",
        "SpotOptions": {"SpotInstanceType": "one-time", "InstanceInterruptionBehavior": "terminate"},
    }
    assert asked["TagSpecifications"][-1]["ResourceType"] == "spot-instances-request"


def test_a_reservation_is_used() -> None:
    target = {"CapacityReservationTarget": {"CapacityReservationId": "cr-0a"}}
    reserved, block = request("market=reservation:cr-0a"), request("market=block:cr-0a")
    assert reserved["CapacityReservationSpecification"] == block["CapacityReservationSpecification"] == target
    assert "InstanceMarketOptions" not in reserved
    assert block["InstanceMarketOptions"] == {"MarketType": "capacity-block"}


@pytest.mark.parametrize(("given_gb", "expected"), [("", 200), ("disk_gb=50", 75), ("disk_gb=900", 900)])
def test_the_disk_is_no_smaller_than_its_image(given_gb: str, expected: int) -> None:
    assert request(given_gb)["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == expected


@pytest.mark.parametrize(("settings", "public"), [("", True), (HERE, None), ("access=ssm", None)])
def test_a_public_address_is_asked_for_only_where_it_is_asked_there(settings: str, *, public: bool | None) -> None:
    (interface,) = request(settings)["NetworkInterfaces"]
    assert interface.get("AssociatePublicIpAddress") is public


def test_interfaces_of_the_fabric_have_a_card_each() -> None:
    found = [
        (one["DeviceIndex"], one["NetworkCardIndex"], one["InterfaceType"])
        for one in request(EVERY[6])["NetworkInterfaces"]
    ]
    assert found == [(0, 0, "efa"), (1, 1, "efa"), (1, 2, "efa"), (1, 3, "efa")]


@pytest.mark.parametrize(("role", "key"), [("serving", "Name"), ("arn:aws:iam::1:instance-profile/serving", "Arn")])
def test_a_role_is_named_as_it_is_given(role: str, key: str) -> None:
    assert request(f"instance_role={role}")["IamInstanceProfile"] == {key: role}
    assert "IamInstanceProfile" not in request()


def test_a_cluster_is_where_it_is_placed() -> None:
    assert request("placement=cluster", Made("sg-1", "fmbench-0123"))["Placement"] == {"GroupName": "fmbench-0123"}
    assert "Placement" not in request()
